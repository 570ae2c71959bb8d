import { decodeJwt } from "jose";
import { expect, it } from "vitest";
import type { Client } from "../support/client.ts";
import { passkeysOf } from "../support/passkeys.ts";
import type { Target } from "./suite.ts";

/** Passkeys on every runtime: each brings its own WebCrypto to the signatures. */
export function describePasskeys(target: () => Target): void {
  const call: Client["call"] = (...args) => target().client.call(...args);
  const { requestOptions, signIn, enrol } = passkeysOf({ call });
  const kind = (alg: "ES256" | "EdDSA" | "RS256") => ({ origin: new URL(target().issuer).origin, alg });

  it("registers a passkey and signs in by it, without a name and as the second factor", async () => {
    const { email, password, access_token: token, user } = await target().client.signUp();
    const { authenticator } = await enrol(token, kind("ES256"));
    const options = await requestOptions();
    const credential = authenticator.assert(options);
    const tokens = await signIn(options.flow_id, credential);
    expect(tokens.status, tokens.text).toBe(200);
    const claims = decodeJwt(tokens.body.access_token);
    expect(claims).toMatchObject({ sub: user.id, acr: "urn:gatehouse:acr:2", amr: ["hwk", "user", "mfa"] });
    expect((await signIn(options.flow_id, credential)).body.code).toBe("invalid_proof");
    const { body } = await call<{ mfa_token: string }>("POST", "auth/login", { json: { email, password } });
    const second = await requestOptions({ mfa_token: body.mfa_token });
    const both = await signIn(second.flow_id, authenticator.assert(second));
    expect(decodeJwt(both.body.access_token).amr).toEqual(["pwd", "hwk", "user", "mfa"]);
  });

  it.each(["EdDSA", "RS256"] as const)(
    "verifies %s, and refuses a signature of something else",
    async (alg) => {
      const { access_token: token } = await target().client.signUp();
      const { authenticator } = await enrol(token, kind(alg));
      const options = await requestOptions();
      const right = authenticator.assert(options);
      const other = authenticator.assert(options).response.signature;
      const wrong = { ...right, response: { ...right.response, signature: other } };
      expect((await signIn(options.flow_id, wrong)).body.code).toBe("invalid_proof");
      expect((await signIn(options.flow_id, right)).status).toBe(200);
    },
  );
}
