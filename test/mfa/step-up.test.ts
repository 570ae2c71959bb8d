import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import { acr } from "../../src/access/assurance.ts";
import { type Account, freshEmail, goodPassword, type Tokens } from "../support/client.ts";
import { codeOf, enrol, halfSignIn, showCode } from "../support/factors.ts";
import { holdLock } from "../support/lock.ts";
import { readOperations } from "../support/openapi.ts";
import { passkeysOf } from "../support/passkeys.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

const stale = 901;

function again(token: string, json: Record<string, unknown>) {
  return service.call<Tokens & { code: string; methods: string[] }>("POST", "auth/reauthenticate", {
    token,
    json,
  });
}

const enrolAgain = (token: string) => service.call("POST", "users/me/mfa/totp", { token });

async function staleAccount(): Promise<Account> {
  const account = await service.signUp();
  service.advance(stale);
  return account;
}

describe("a step-up (RFC 9470)", () => {
  it("is asked for fifteen minutes after the sign-in, by the password where there is nothing else", async () => {
    const account = await staleAccount();
    const { status, headers, body } = await enrolAgain(account.access_token);
    expect([status, body.code, body.methods]).toEqual([401, "reauthentication_required", ["password"]]);
    expect(headers.get("www-authenticate")).toBe(
      `Bearer realm="gatehouse", error="insufficient_user_authentication", max_age=900, acr_values="${acr.one}"`,
    );
    const wrong = await again(account.access_token, { method: "password", password: "Wrong-horse-7" });
    expect([wrong.status, wrong.body.code]).toEqual([401, "invalid_credentials"]);
    const right = await again(account.access_token, { method: "password", password: goodPassword });
    expect(right.status).toBe(200);
    expect(decodeJwt(right.body.access_token).auth_time).toBeGreaterThan(
      Number(decodeJwt(account.access_token).auth_time) + 900,
    );
    expect((await enrolAgain(right.body.access_token)).status).toBe(200);
  });

  it("takes the second factor where there is one, and nothing weaker", async () => {
    const account = await enrol(service);
    service.advance(stale);
    const remove = () => service.call("DELETE", "users/me/mfa/totp", { token: account.access_token });
    const refused = await remove();
    expect(refused.body).toMatchObject({
      code: "reauthentication_required",
      methods: ["totp", "recovery_code"],
    });
    expect(refused.headers.get("www-authenticate")).toContain(`acr_values="${acr.two}"`);
    const weaker = await again(account.access_token, { method: "password", password: goodPassword });
    expect([weaker.status, weaker.body.code, weaker.body.methods]).toEqual([
      401,
      "reauthentication_required",
      ["totp", "recovery_code"],
    ]);
    expect((await again(account.access_token, { method: "totp", code: "000000" })).body.code).toBe(
      "invalid_proof",
    );
    const code = account.code();
    const { body } = await again(account.access_token, { method: "totp", code });
    expect(decodeJwt(body.access_token)).toMatchObject({ acr: acr.two, amr: ["mfa", "otp", "pwd"] });
    expect((await again(account.access_token, { method: "totp", code })).body.code).toBe("invalid_proof");
    expect((await remove()).status).toBe(204);
  });

  it("takes a recovery code once, and tells the owner", async () => {
    const account = await enrol(service);
    const [code] = account.recoveryCodes;
    const json = { method: "recovery_code", code };
    expect((await again(account.access_token, json)).status).toBe(200);
    expect((await again(account.access_token, json)).body.code).toBe("invalid_proof");
    expect((await service.mailTo(account.email, "recovery_code_used")).text).toContain("codes left: 9");
  });

  it("takes a passkey, by a challenge of this very session, once", async () => {
    const { requestOptions, enrol: enrolPasskey } = passkeysOf(service);
    const account = await service.signUp();
    const { authenticator, passkey } = await enrolPasskey(account.access_token);
    service.advance(stale);
    const remove = () =>
      service.call("DELETE", `users/me/passkeys/${passkey.id}`, { token: account.access_token });
    expect((await remove()).body).toMatchObject({
      code: "reauthentication_required",
      methods: ["passkey", "recovery_code"],
    });
    const show = async (token: string, flowOf = requestOptions({ token })) => {
      const options = await flowOf;
      const credential = authenticator.assert(options);
      return { method: "passkey", flow_id: options.flow_id, credential };
    };
    // Of a sign-in, and of another session of the same user.
    const foreign = await again(account.access_token, await show("", requestOptions()));
    expect(foreign.body.code).toBe("invalid_proof");
    const options = await requestOptions();
    const other = await passkeysOf(service).signIn(options.flow_id, authenticator.assert(options));
    const elsewhere = await again(account.access_token, await show(other.body.access_token));
    expect(elsewhere.body.code).toBe("invalid_proof");

    const json = await show(account.access_token);
    const { status, body } = await again(account.access_token, json);
    expect(status).toBe(200);
    expect(decodeJwt(body.access_token)).toMatchObject({ acr: acr.two });
    expect((await again(account.access_token, json)).body.code).toBe("invalid_proof");
    expect((await remove()).status).toBe(204);
  });

  it("is asked for again under the lock: a first factor set up meanwhile by another session counts", async () => {
    const account = await service.signUp();
    const { body } = await service.call<{ secret: string }>("POST", "users/me/mfa/totp", {
      token: account.access_token,
    });
    const held = await holdLock(service.database, "select 1 from auth.users where id = $1 for update", [
      account.user.id,
    ]);
    const json = { code: codeOf(body.secret, service.deps.clock.now()) };
    const confirmed = service.call("POST", "users/me/mfa/totp/confirm", {
      token: account.access_token,
      json,
    });
    await held.waiters(1);
    await held.query("update auth.users set passkeys = 1 where id = $1", [account.user.id]);
    await held.release();
    expect((await confirmed).body.code).toBe("conflict");
  });

  it("takes a mailed code where there is neither password nor factor", async () => {
    const account = await staleAccount();
    await service.database.query("update auth.users set password_hash = null where id = $1", [
      account.user.id,
    ]);
    expect((await enrolAgain(account.access_token)).body.methods).toEqual(["email_code"]);
    const asked = await service.call("POST", "auth/magic-link", { json: { email: account.email } });
    const { code } = await service.mailTo(account.email, "magic_link");
    const json = { method: "email_code", flow_id: asked.body.flow_id, code };
    const stranger = await service.signUp();
    expect((await again(stranger.access_token, json)).body.code).toBe("invalid_proof");
    const { body, status } = await again(account.access_token, json);
    expect(status).toBe(200);
    expect((await enrolAgain(body.access_token)).status).toBe(200);
    expect((await again(account.access_token, json)).body.code).toBe("invalid_proof");
  });

  it("does not take a mailed code for a password", async () => {
    const account = await staleAccount();
    const asked = await service.call("POST", "auth/magic-link", { json: { email: account.email } });
    const { code } = await service.mailTo(account.email, "magic_link");
    const reply = await again(account.access_token, {
      method: "email_code",
      flow_id: asked.body.flow_id,
      code,
    });
    expect(reply.body).toMatchObject({ code: "reauthentication_required", methods: ["password"] });
    expect((await enrolAgain(account.access_token)).status).toBe(401);
  });

  it("replaces the refresh token, so that nobody keeps the session unseen", async () => {
    const account = await service.signUp();
    const { body } = await again(account.access_token, { method: "password", password: goodPassword });
    expect(decodeJwt(body.refresh_token)).toMatchObject({
      sid: decodeJwt(account.refresh_token).sid,
      gen: 1,
    });
    service.advance(31);
    expect((await service.refresh(account.refresh_token)).status).toBe(401);
    expect((await service.refresh(body.refresh_token)).status).toBe(401);
  });

  it("is asked for by every route that changes credentials, address or factors, or deletes the account", async () => {
    const operations = await readOperations(service);
    const asking = operations.flatMap(({ method, path, operation }) =>
      operation["x-step-up"] ? [`${method} ${path.replace("/api/v1", "")}`] : [],
    );
    expect(asking).toEqual(
      expect.arrayContaining([
        "delete /users/me",
        "post /users/me/mfa/totp",
        "post /users/me/mfa/totp/confirm",
        "delete /users/me/mfa/totp",
        "post /users/me/mfa/recovery-codes",
        "post /users/me/passkeys/options",
        "post /users/me/passkeys",
        "delete /users/me/passkeys/{id}",
        "post /users/me/api-keys",
        "post /users/me/api-keys/{id}/rotate",
      ]),
    );
    const account = await enrol(service);
    service.advance(stale);
    const token = account.access_token;
    // To add a passkey takes an answer to options, and those are refused.
    const own = asking.filter((name) => !name.includes("/admin/") && name !== "post /users/me/passkeys");
    const bodies: Record<string, unknown> = {
      "post /users/me/mfa/totp/confirm": { code: "123456" },
      "post /users/me/api-keys": { name: "Nightly", scopes: [] },
      "post /users/me/api-keys/{id}/rotate": {},
    };
    const withPassword: Record<string, unknown> = {
      "post /users/me/password": { current_password: goodPassword, new_password: "Another-horse-8" },
      "post /users/me/email": { new_email: freshEmail(), password: goodPassword },
    };
    for (const name of [...own, ...Object.keys(withPassword)]) {
      const [method = "", path = ""] = name.split(" ");
      const url = path.slice(1).replace("{id}", account.user.id);
      const json = bodies[name] ?? withPassword[name];
      const reply = await service.call(method.toUpperCase(), url, { token, ...(json ? { json } : {}) });
      expect([name, reply.status, reply.body.code]).toEqual([name, 401, "reauthentication_required"]);
    }
  });
});

describe("removing the last second factor", () => {
  it("lowers the next token of every session that it made one of two factors", async () => {
    const account = await enrol(service);
    const other = await showCode(service, await halfSignIn(service, account), account.code());
    expect(decodeJwt(other.body.access_token).acr).toBe(acr.two);
    const removed = await service.call("DELETE", "users/me/mfa/totp", { token: account.access_token });
    expect(removed.status).toBe(204);
    const next = await service.refresh(other.body.refresh_token);
    expect(decodeJwt(next.body.access_token)).toMatchObject({ acr: acr.one, amr: ["pwd", "otp"] });
    expect((await service.refresh(account.refresh_token)).status).toBe(200);
    expect((await service.logIn(account.email)).status).toBe(200);
    const left = await service.database.query("select 1 from auth.recovery_codes where user_id = $1", [
      account.user.id,
    ]);
    expect(left).toEqual([]);
    expect((await service.mailTo(account.email, "factor_changed")).to).toBe(account.email);
  });

  it("is not there twice", async () => {
    const { access_token: token } = await service.signUp();
    expect((await service.call("DELETE", "users/me/mfa/totp", { token })).status).toBe(404);
  });
});
