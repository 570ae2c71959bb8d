import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import { acr } from "../../src/access/assurance.ts";
import { enrol, halfSignIn, showCode } from "../support/factors.ts";
import { useService } from "../support/service.ts";

const service = useService();

describe("recovery codes", () => {
  it("are ten of 80 random bits, and no row holds one that works", async () => {
    const { recoveryCodes, user } = await enrol(service);
    expect(new Set(recoveryCodes).size).toBe(10);
    for (const code of recoveryCodes) {
      expect(code).toMatch(/^([0-9abcdefghjkmnpqrstvwxyz]{4}-){3}[0-9abcdefghjkmnpqrstvwxyz]{4}$/);
    }
    const rows = await service.database.query<{ hash: string }>(
      "select hash from auth.recovery_codes where user_id = $1",
      [user.id],
    );
    expect(rows.map((row) => Buffer.from(row.hash, "base64url").length)).toEqual(Array(10).fill(32));
  });

  it("open once each, however they are typed, and the owner is told how many are left", async () => {
    const account = await enrol(service);
    await service.database.query("update auth.users set email_verified = true where id = $1", [
      account.user.id,
    ]);
    const [first = "", second = ""] = account.recoveryCodes;
    const opened = await showCode(service, await halfSignIn(service, account), first, "recovery_code");
    expect(decodeJwt(opened.body.access_token)).toMatchObject({ acr: acr.two, amr: ["pwd", "otp", "mfa"] });
    expect((await service.mailTo(account.email, "recovery_code_used")).text).toContain(
      "Recovery codes left: 9",
    );
    const again = await showCode(service, await halfSignIn(service, account), first, "recovery_code");
    expect([again.status, again.body]).toMatchObject([401, { code: "invalid_proof" }]);
    const typed = second.toUpperCase().replaceAll("-", " ").replaceAll("0", "O").replaceAll("1", "l");
    expect((await showCode(service, await halfSignIn(service, account), typed, "recovery_code")).status).toBe(
      200,
    );
    const left = await service.call("GET", "users/me/mfa", { token: opened.body.access_token });
    expect(left.body).toMatchObject({ enabled: true, recovery_codes_left: 8 });
  });

  it("lower nothing: the next sign-in is asked for the factor again", async () => {
    const account = await enrol(service);
    const code = account.recoveryCodes[0] ?? "";
    await showCode(service, await halfSignIn(service, account), code, "recovery_code");
    const next = await service.call("POST", "auth/login", {
      json: { email: account.email, password: account.password },
    });
    expect(next.body).toMatchObject({ code: "mfa_required", methods: ["totp", "recovery_code"] });
  });

  it("of another account open nothing", async () => {
    const [one, other] = [await enrol(service), await enrol(service)];
    const token = await halfSignIn(service, one);
    expect((await showCode(service, token, other.recoveryCodes[0] ?? "", "recovery_code")).status).toBe(401);
  });

  it("are void when new ones are made", async () => {
    const account = await enrol(service);
    const { status, body } = await service.call<{ recovery_codes: string[] }>(
      "POST",
      "users/me/mfa/recovery-codes",
      { token: account.access_token },
    );
    expect([status, body.recovery_codes.length]).toEqual([200, 10]);
    const tried = [account.recoveryCodes[3], body.recovery_codes[3]].map(async (code) =>
      showCode(service, await halfSignIn(service, account), code ?? "", "recovery_code"),
    );
    expect((await Promise.all(tried)).map((reply) => reply.status)).toEqual([401, 200]);
    const { access_token: token } = await service.signUp();
    const without = await service.call("POST", "users/me/mfa/recovery-codes", { token });
    expect(without.body.code).toBe("conflict");
  });
});
