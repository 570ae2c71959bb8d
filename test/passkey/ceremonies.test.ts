import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import { createAuthenticator } from "../support/authenticator.ts";
import { passkeysOf } from "../support/passkeys.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });
const { creationOptions, requestOptions, submit, signIn, enrol } = passkeysOf({
  call: (...args) => service.call(...args),
});

describe("a passkey", () => {
  it("is registered and signs in without a name", async () => {
    const account = await service.signUp();
    const { authenticator, passkey } = await enrol(account.access_token);
    expect(passkey).toMatchObject({ name: "Passkey" });
    const options = await requestOptions();
    const reply = await signIn(options.flow_id, authenticator.assert(options));
    expect(reply.status, reply.text).toBe(200);
    expect(decodeJwt(reply.body.access_token)).toMatchObject({
      sub: account.user.id,
      acr: "urn:gatehouse:acr:2",
      amr: ["hwk", "user", "mfa"],
    });
  });
});
