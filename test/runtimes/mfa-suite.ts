import { decodeJwt } from "jose";
import { expect, it } from "vitest";
import { acr } from "../../src/access/assurance.ts";
import { type Client, freshEmail, type Tokens } from "../support/client.ts";
import { enrol, halfSignIn, showCode } from "../support/factors.ts";
import type { Target } from "./suite.ts";

/** Second factors on every runtime: each has its own AES-GCM. */
export function describeSecondFactors(target: () => Target): void {
  const call: Client["call"] = (...args) => target().client.call(...args);

  it("enrols an authenticator app, asks for it, and takes a recovery code for it", async () => {
    const { client } = target();
    const account = await enrol(client);
    expect((await call("GET", "users/me", { token: account.access_token })).body.mfa_enabled).toBe(true);
    const code = account.code();
    const { status, body } = await showCode(client, await halfSignIn(client, account), code);
    expect([status, decodeJwt(body.access_token).acr]).toEqual([200, acr.two]);
    expect((await showCode(client, await halfSignIn(client, account), code)).status).toBe(401);
    const [spare = ""] = account.recoveryCodes;
    const token = await halfSignIn(client, account);
    expect((await showCode(client, token, spare, "recovery_code")).status).toBe(200);
    expect((await client.mailTo(account.email, "recovery_code_used")).text).toContain("codes left: 9");
  });

  it("asks for the factor again before what changes the account, and lets it go", async () => {
    const { client, database } = target();
    const account = await enrol(client);
    const token = account.access_token;
    await database.query(
      "update auth.sessions set auth_time = auth_time - interval '1 hour' where user_id = $1",
      [account.user.id],
    );
    const json = { new_email: freshEmail(), password: account.password };
    const refused = await call("POST", "users/me/email", { token, json });
    expect(refused.body).toMatchObject({
      code: "reauthentication_required",
      methods: ["totp", "recovery_code"],
    });
    const again = { method: "totp", code: account.code() };
    expect((await call<Tokens>("POST", "auth/reauthenticate", { token, json: again })).status).toBe(200);
    expect((await call("DELETE", "users/me/mfa/totp", { token })).status).toBe(204);
    const login = await client.logIn(account.email);
    expect(decodeJwt(login.body.access_token).acr).toBe(acr.one);
  });
}
