import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { decodeJwt } from "jose";
import { Secret, TOTP } from "otpauth/slim";
import { describe, expect, it } from "vitest";
import { acr } from "../../src/access/assurance.ts";
import { goodPassword } from "../support/client.ts";
import { codeOf, enrol, halfSignIn, showCode } from "../support/factors.ts";
import { useService } from "../support/service.ts";

const service = useService();

const rfc = JSON.parse(readFileSync("test/vectors/rfc_vectors.json", "utf8")) as {
  rfc6238_totp_8digits_30s: { seed_sha1_ascii: string; cases: [number, string, string, string][] };
};

const hasOathtool = spawnSync("oathtool", ["--version"]).status === 0;

describe("codes of an authenticator app", () => {
  it("are those of RFC 6238, appendix B", () => {
    const { seed_sha1_ascii: seed, cases } = rfc.rfc6238_totp_8digits_30s;
    const totp = new TOTP({ secret: Secret.fromLatin1(seed), digits: 8 });
    expect(cases.map(([time]) => totp.generate({ timestamp: time * 1000 }))).toEqual(
      cases.map(([, sha1]) => sha1),
    );
  });

  it.skipIf(!hasOathtool)(
    "are accepted as another tool computes them, from the URI that apps scan",
    async () => {
      const account = await service.signUp();
      const token = account.access_token;
      const { body } = await service.call<{ secret: string; otpauth_uri: string; qr_svg: string }>(
        "POST",
        "users/me/mfa/totp",
        { token },
      );
      const uri = new URL(body.otpauth_uri);
      expect(decodeURIComponent(uri.pathname)).toContain(account.email);
      expect(uri.searchParams.get("secret")).toBe(body.secret);
      expect(body.secret).toMatch(/^[A-Z2-7]{32}$/);
      expect(body.qr_svg).toMatch(/^<svg[\s\S]*<\/svg>$/);
      const now = `@${Math.floor(service.deps.clock.now().getTime() / 1000)}`;
      const computed = spawnSync("oathtool", ["--totp", "-b", body.secret, "--now", now], {
        encoding: "utf8",
      });
      const json = { code: computed.stdout.trim() };
      expect((await service.call("POST", "users/me/mfa/totp/confirm", { token, json })).status).toBe(200);
    },
  );

  it("are asked for after the password, and open a session of two factors", async () => {
    const account = await enrol(service);
    const login = await service.call("POST", "auth/login", {
      json: { email: account.email, password: goodPassword },
    });
    expect(login.status).toBe(403);
    expect(login.body).toMatchObject({ code: "mfa_required", methods: ["totp", "recovery_code"] });
    const reply = await showCode(service, String(login.body.mfa_token), account.code());
    expect(reply.status).toBe(200);
    const claims = decodeJwt(reply.body.access_token);
    expect(claims).toMatchObject({ acr: acr.two, amr: ["pwd", "otp", "mfa"] });
    const me = await service.call("GET", "users/me", { token: reply.body.access_token });
    expect(me.body).toMatchObject({ id: account.user.id, mfa_enabled: true });
  });

  it("are asked for after the form login too, in its dialect", async () => {
    const account = await enrol(service);
    const form = { username: account.email, password: goodPassword };
    const { status, body } = await service.call("POST", "auth/login", { form });
    expect(status).toBe(403);
    expect(Object.keys(body).sort()).toEqual(["error", "error_description", "methods", "mfa_token"]);
    expect(body.error).toBe("mfa_required");
    expect((await showCode(service, String(body.mfa_token), account.code())).status).toBe(200);
  });

  it("are asked for after a magic link, and a reset opens no way around", async () => {
    const account = await enrol(service);
    await service.call("POST", "auth/email/verify", {
      token: account.access_token,
      json: { token: (await service.mailTo(account.email, "verify_email")).token },
    });
    const asked = await service.call("POST", "auth/magic-link", { json: { email: account.email } });
    const { code } = await service.mailTo(account.email, "magic_link");
    const json = { flow_id: asked.body.flow_id, code };
    const half = await service.call("POST", "auth/magic-link/verify", { json });
    expect([half.status, half.body.code]).toEqual([403, "mfa_required"]);
    const whole = await showCode(service, String(half.body.mfa_token), account.code());
    expect(decodeJwt(whole.body.access_token)).toMatchObject({ acr: acr.two, amr: ["otp", "mfa"] });

    await service.call("POST", "auth/password/forgot", { json: { email: account.email } });
    const { token } = await service.mailTo(account.email, "password_reset");
    const reset = { token, new_password: "Another-horse-8" };
    expect((await service.call("POST", "auth/password/reset", { json: reset })).status).toBe(204);
    expect((await service.logIn(account.email, "Another-horse-8")).status).toBe(403);
  });

  it("are good a step early or late, and not two", async () => {
    const account = await enrol(service);
    const { secret } = account;
    const at = (steps: number) => codeOf(secret, service.deps.clock.now(), steps);
    service.advance(300);
    const answers = [];
    for (const steps of [-2, 2, -1, 1]) {
      const token = await halfSignIn(service, account);
      answers.push((await showCode(service, token, at(steps))).status);
    }
    expect(answers).toEqual([401, 401, 200, 200]);
  });

  it("are good once, and so is each before it", async () => {
    const account = await enrol(service);
    const code = account.code();
    expect((await showCode(service, await halfSignIn(service, account), code)).status).toBe(200);
    const again = await showCode(service, await halfSignIn(service, account), code);
    expect([again.status, again.body]).toMatchObject([401, { code: "invalid_proof" }]);
    const before = await showCode(service, await halfSignIn(service, account), account.code(0));
    expect(before.status).toBe(401);
  });

  it("go by the database's clock, not by what a client says of the time", async () => {
    const account = await enrol(service);
    const token = await halfSignIn(service, account);
    const headers = { date: new Date(Date.now() + 3600_000).toUTCString() };
    const json = { mfa_token: token, method: "totp", code: account.code(120) };
    expect((await service.call("POST", "auth/mfa", { json, headers })).status).toBe(401);
  });
});

describe("an mfa_token", () => {
  it("is good for one sign-in, for five tries and for ten minutes", async () => {
    const account = await enrol(service);
    const used = await halfSignIn(service, account);
    await showCode(service, used, account.code());
    service.advance(30);
    expect((await showCode(service, used, account.code())).status).toBe(401);

    const guessed = await halfSignIn(service, account);
    for (let i = 0; i < 5; i++) expect((await showCode(service, guessed, "000000")).status).toBe(401);
    expect((await showCode(service, guessed, account.code())).status).toBe(401);
    expect((await showCode(service, await halfSignIn(service, account), account.code())).status).toBe(200);

    const late = await halfSignIn(service, account);
    service.advance(601);
    expect((await showCode(service, late, account.code())).status).toBe(401);
  });

  it("dies with the epoch of the password it was given for", async () => {
    const account = await enrol(service);
    const token = await halfSignIn(service, account);
    await service.call("POST", "auth/logout-all", { token: account.access_token });
    expect((await showCode(service, token, account.code())).status).toBe(401);
  });

  it("is no good when a bit of it is changed", async () => {
    const account = await enrol(service);
    const token = await halfSignIn(service, account);
    const [kid, body = "", tag] = token.split(".");
    const bound = JSON.parse(Buffer.from(body, "base64url").toString());
    const other = await service.signUp();
    bound.bound.userId = other.user.id;
    const forged = [kid, Buffer.from(JSON.stringify(bound)).toString("base64url"), tag].join(".");
    const before = service.statements.length;
    for (const text of [forged, `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`, "x.y.z"]) {
      expect((await showCode(service, text, account.code())).status).toBe(401);
    }
    expect(service.statements.length - before).toBe(0);
  });
});

describe("guesses", () => {
  it("are twenty for an account in 24 hours, from wherever, and recovery codes still open", async () => {
    const account = await enrol(service);
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) {
      const token = await halfSignIn(service, account);
      for (let j = 0; j < 5; j++) statuses.push((await showCode(service, token, "000000")).status);
    }
    expect(statuses.filter((status) => status === 401)).toHaveLength(20);
    expect(statuses.slice(20)).toEqual([429, 429, 429, 429, 429]);
    const refused = await showCode(service, await halfSignIn(service, account), account.code());
    expect([refused.status, Number(refused.headers.get("retry-after")) > 3600]).toEqual([429, true]);
    const code = account.recoveryCodes[0] ?? "";
    const token = await halfSignIn(service, account);
    expect((await showCode(service, token, code, "recovery_code")).status).toBe(200);
    service.advance(86_401);
    expect((await showCode(service, await halfSignIn(service, account), account.code())).status).toBe(200);
  });

  it("stay counted when what comes after the count fails", async () => {
    const account = await enrol(service);
    const token = await halfSignIn(service, account);
    service.onStatement.current = (text) => {
      if (text.includes("login.refused")) throw new Error("the connection broke");
    };
    for (let i = 0; i < 5; i++) expect((await showCode(service, token, "000000")).status).not.toBe(200);
    service.onStatement.current = undefined;
    expect((await showCode(service, token, account.code())).status).toBe(401);
  });
});

describe("the secret", () => {
  it("is in no row in the clear, and is bound to user and factor", async () => {
    const [one, other] = [await enrol(service), await enrol(service)];
    const rows = await service.database.query<{ secret: string; key_id: string }>(
      "select secret, key_id from auth.totp_factors where user_id = any($1)",
      [[one.user.id, other.user.id]],
    );
    expect(new Set(rows.map((row) => row.key_id))).toEqual(new Set([service.deps.keys.totp[0]?.kid]));
    const plain = Buffer.from(Secret.fromBase32(one.secret).bytes);
    expect(rows.some((row) => Buffer.from(row.secret, "base64url").includes(plain))).toBe(false);
    // A row that is moved to another user is worth nothing.
    await service.database.query(
      `update auth.totp_factors f set secret = o.secret from auth.totp_factors o
       where f.user_id = $1 and o.user_id = $2`,
      [other.user.id, one.user.id],
    );
    const token = await halfSignIn(service, other);
    expect((await showCode(service, token, one.code())).status).toBe(500);
  });

  it("does not count before it is confirmed, and another takes its place until then", async () => {
    const account = await service.signUp();
    const token = account.access_token;
    const begin = () => service.call<{ secret: string }>("POST", "users/me/mfa/totp", { token });
    const [first, second] = [(await begin()).body.secret, (await begin()).body.secret];
    expect((await service.logIn(account.email)).status).toBe(200);
    const confirm = (secret: string) =>
      service.call("POST", "users/me/mfa/totp/confirm", {
        token,
        json: { code: codeOf(secret, service.deps.clock.now()) },
      });
    expect((await confirm(first)).status).toBe(401);
    expect((await confirm(second)).status).toBe(200);
    expect((await begin()).status).toBe(409);
    expect((await confirm(second)).status).toBe(404);
  });
});
