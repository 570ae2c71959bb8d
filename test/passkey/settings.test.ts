import { describe, expect, it } from "vitest";
import { createAuthenticator } from "../support/authenticator.ts";
import { freshEmail, goodPassword, type Tokens } from "../support/client.ts";
import { passkeysIn } from "../support/passkeys.ts";
import { useService } from "../support/service.ts";

describe("where addresses must be verified, and attempts are few", () => {
  const service = useService({ EMAIL_VERIFICATION: "required", THROTTLE_LOGIN_NETWORK: "3" });
  const { requestOptions, enrol, signInBy } = passkeysIn(service);

  async function signUp() {
    const email = freshEmail();
    await service.call("POST", "auth/signup", { json: { email, password: goodPassword } });
    const { token } = await service.mailTo(email, "verify_email");
    await service.call("POST", "auth/email/verify", { json: { token, password: goodPassword } });
    return { ...(await service.logIn(email)).body, email };
  }

  it("an account whose address is not verified any more is told so, after a right answer only", async () => {
    const { email, access_token: token } = await signUp();
    const { authenticator } = await enrol(token);
    await service.database.query("update auth.users set email_verified = false where email = $1", [email]);
    const wrong = await signInBy(authenticator, { userVerified: false });
    const right = await signInBy(authenticator);
    expect([wrong.body.code, right.status, right.body.code]).toEqual([
      "invalid_proof",
      403,
      "email_not_verified",
    ]);
  });

  it("answers are counted by network before anything is verified, right ones too", async () => {
    const { authenticator } = await enrol((await signUp()).access_token, { synced: true });
    const options = await requestOptions();
    const credential = authenticator.assert(options);
    const answer = (ip: string, id: string) =>
      service.call<Tokens>("POST", "auth/passkey", {
        json: { flow_id: options.flow_id, credential: { ...credential, id, rawId: id } },
        ip,
      });
    for (const _ of [1, 2, 3]) expect((await answer("192.0.2.1", "AAAA")).status).toBe(401);
    const refused = await answer("192.0.2.1", credential.id);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([
      429,
      expect.stringMatching(/^\d+$/),
    ]);
    expect((await answer("198.51.100.1", credential.id)).status).toBe(200);
  });
});

describe("where no mail leaves", () => {
  const service = useService({ MAIL_TRANSPORT: "none", THROTTLE: "off" });
  const { enrol, change, signInBy, countOf } = passkeysIn(service);

  it("the last passkey of an account without a password stays", async () => {
    const account = await service.signUp();
    const first = await enrol(account.access_token);
    const second = await enrol(account.access_token);
    const { access_token: token } = (await signInBy(second.authenticator)).body;
    await service.database.query("update auth.users set password_hash = null where id = $1", [
      account.user.id,
    ]);
    expect((await change("DELETE", first.passkey.id, token)).status).toBe(204);
    const reply = await change("DELETE", second.passkey.id, token);
    expect([reply.status, reply.body.code, await countOf(account)]).toEqual([409, "conflict", 1]);
  });
});

describe("where another RP ID and several origins are configured", () => {
  const origins = ["https://app.example.com", "https://example.com"];
  const service = useService({
    THROTTLE: "off",
    PASSKEY_RP_ID: "example.com",
    PASSKEY_ORIGINS: origins.join(", "),
  });
  const { creationOptions, submit, enrol, signInBy } = passkeysIn(service);

  it("each of them signs in, and no other, not even the issuer's", async () => {
    const { access_token: token } = await service.signUp();
    const options = await creationOptions(token);
    expect(options.rp).toEqual({ id: "example.com", name: "Gatehouse" });
    const { authenticator } = await enrol(token, { origin: origins[0] ?? "" });
    for (const origin of origins) expect((await signInBy(authenticator, { origin })).status).toBe(200);
    const others = ["http://localhost:8787", "https://evil.example.com", "http://example.com"];
    for (const origin of others) {
      expect((await signInBy(authenticator, { origin })).body.code).toBe("invalid_proof");
    }
    const other = createAuthenticator({ origin: "https://www.example.com" }).register(options);
    expect((await submit(token, options.flow_id, other)).body.code).toBe("invalid_proof");
  });
});
