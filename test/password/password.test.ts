import { describe, expect, it } from "vitest";
import type { Config } from "../../src/config.ts";
import { contextWords } from "../../src/password/context-words.ts";
import { findFault, passwordPolicy } from "../../src/password/policy.ts";
import { goodPassword } from "../support/client.ts";
import { startService, useService } from "../support/service.ts";

const service = useService();
const named = useService({ PRODUCT_NAME: "Gate-post" });

const complexity = passwordPolicy("complexity");
const nist = passwordPolicy("nist");

describe("the complexity policy", () => {
  it.each([
    ["Abcdef1!", undefined],
    ["Ab1!", "too_short"],
    ["abcdef1!", "missing_class"],
    ["ABCDEF1!", "missing_class"],
    ["Abcdefg!", "missing_class"],
    ["Abcdfge1", "missing_class"],
    ["Abcdefg1", "common_password"],
    ["P@ssw0rd", "common_password"],
    ["password", "common_password"],
    ["abcdefghijk", "missing_class"],
    ["abcdefghijklmno", undefined],
    ["😀".repeat(15), undefined],
    ["😀".repeat(128), undefined],
    ["😀".repeat(129), "too_long"],
    ["x".repeat(129), "too_long"],
    ["Abcdef1!\ud800", "invalid"],
    ["x-ada@example.com-1A", "contains_identity"],
    ["My-LOVELACE-123", "contains_identity"],
  ])("finds %j %s", (password, fault) => {
    const words = contextWords(service.deps.config, ["ada@example.com", "Ada Lovelace"]);
    expect(findFault(complexity, password, words)).toBe(fault);
  });
});

describe("what a password must not contain", () => {
  const config = { issuer: "https://auth.acme-id.co.uk/x", product: { name: "Blue Door" } } as Config;

  it("is the address and its parts, the name and its words, and what the service is called", () => {
    expect(contextWords(config, ["Ada.Byron+x@Mail.Example.org", "Ada Lovelace", null]).sort()).toEqual(
      [
        ...["acme-id", "ada lovelace", "ada.byron+x", "ada.byron+x@mail.example.org"],
        ...["blue", "blue door", "door", "gatehouse", "lovelace", "mail.example.org"],
      ].sort(),
    );
  });

  it.each([
    ["Gatehouse-77-x", "the service's name"],
    ["My-gate-post-7", "the name of its mails"],
    ["x-Corp.Example-77", "the domain of the address"],
  ])("refuses %j for %s", async (password) => {
    const json = { email: `${crypto.randomUUID()}@corp.example`, password };
    expect((await named.call("POST", "auth/signup", { json })).body).toMatchObject({
      errors: [{ pointer: "/password", code: "contains_identity" }],
    });
  });

  it("holds for a change as for a sign-up", async () => {
    const { access_token: token, password } = await named.signUp({ name: "Ada Lovelace" });
    for (const [new_password, code] of [
      ["My-lovelace-123", "contains_identity"],
      ["Gate-post-77-x", "contains_identity"],
      ["P@ssw0rd", "common_password"],
    ]) {
      const json = { current_password: password, new_password };
      expect((await named.call("POST", "users/me/password", { token, json })).body).toMatchObject({
        errors: [{ pointer: "/new_password", code }],
      });
    }
  });
});

describe("the nist policy", () => {
  it("wants 15 characters and no classes", () => {
    expect(findFault(nist, "abcdefghijklmn", [])).toBe("too_short");
    expect(findFault(nist, "abcdefghijklmno", [])).toBeUndefined();
  });

  it("is shown and enforced where it is set", async () => {
    const other = await startService({ PASSWORD_POLICY: "nist" });
    expect((await other.call("GET", "auth/password-policy")).body).toEqual({
      policy: "nist",
      min_length: 15,
      max_length: 128,
      max_bytes: 512,
      classes_required: false,
      classes_waived_from: null,
    });
    const json = { email: "a@example.com", password: goodPassword.slice(0, 12) };
    expect((await other.call("POST", "auth/signup", { json })).body).toMatchObject({
      errors: [{ pointer: "/password", code: "too_short" }],
    });
    await other.close();
  });
});

describe("a password", () => {
  it("over the bound is refused before anything is hashed or asked of the database", async () => {
    const before = service.statements.length;
    for (const route of ["auth/signup", "auth/login"]) {
      const json = { email: "a@example.com", password: "Aa1!".repeat(200) };
      const { status, body } = await service.call("POST", route, { json });
      expect([status, body.errors]).toEqual([
        422,
        [expect.objectContaining({ pointer: "/password", code: "too_long" })],
      ]);
    }
    expect(service.statements.length).toBe(before);
  });

  it("is taken as received: spaces and Unicode forms count", async () => {
    const { email } = await service.signUp({ password: "  Ünïcode pass 1!  " });
    expect((await service.logIn(email, "  Ünïcode pass 1!  ")).status).toBe(200);
    expect((await service.logIn(email, "Ünïcode pass 1!")).status).toBe(401);
    expect((await service.logIn(email, "  Ünïcode pass 1!  ".normalize("NFD"))).status).toBe(401);
  });

  it("is kept as a scrypt PHC string alone", async () => {
    const { user } = await service.signUp();
    const [row] = await service.database.query<{ hash: string }>(
      "select password_hash as hash from auth.users where id = $1",
      [user.id],
    );
    expect(row?.hash).toMatch(/^\$scrypt\$ln=10,r=8,p=5\$/);
  });
});

describe("a password change", () => {
  const change = (token: string, current_password: string, new_password: string) =>
    service.call("POST", "users/me/password", { token, json: { current_password, new_password } });

  it("is refused without the current password, and guesses are counted", async () => {
    const { access_token } = await service.signUp();
    for (let i = 0; i < 10; i++)
      expect((await change(access_token, "Wrong-horse-7", "Another-horse-8")).status).toBe(401);
    const { status, body } = await change(access_token, goodPassword, "Another-horse-8");
    expect([status, body.code]).toEqual([429, "throttled"]);
  });

  it("holds the new password to the policy", async () => {
    const { access_token } = await service.signUp();
    expect((await change(access_token, goodPassword, "short")).body).toMatchObject({
      errors: [{ pointer: "/new_password", code: "too_short" }],
    });
  });

  it("is done once when two race, and leaves the session that made it alive", async () => {
    const { access_token, email } = await service.signUp();
    const replies = await Promise.all(
      [1, 2, 3].map((n) => change(access_token, goodPassword, `Another-horse-${n}`)),
    );
    // 409 for one that had read the old hash, 401 for one that came so late that it read the new.
    const [first, ...losers] = replies.map(({ status }) => status).sort();
    expect([first, losers.every((status) => status === 409 || status === 401)]).toEqual([204, true]);
    expect((await service.call("GET", "users/me", { token: access_token })).status).toBe(200);
    const logins = await Promise.all([1, 2, 3].map((n) => service.logIn(email, `Another-horse-${n}`)));
    expect(logins.map(({ status }) => status).sort()).toEqual([200, 401, 401]);
  });

  it("needs the current password where there is one", async () => {
    const { access_token: token } = await service.signUp();
    const json = { new_password: "Another-horse-8" };
    expect((await service.call("POST", "users/me/password", { token, json })).body).toMatchObject({
      errors: [{ pointer: "/current_password", code: "required" }],
    });
  });

  it("of an account without one takes a recent sign-in instead, and else asks for it (RFC 9470 §3)", async () => {
    const { access_token: token, user, email } = await service.signUp();
    await service.database.query("update auth.users set password_hash = null where id = $1", [user.id]);
    service.advance(901);
    const json = { new_password: "Another-horse-8" };
    const late = await service.call("POST", "users/me/password", { token, json });
    expect(late.body).toMatchObject({ code: "reauthentication_required", methods: ["email_code"] });
    expect(late.headers.get("www-authenticate")).toContain(
      'error="insufficient_user_authentication", max_age=900',
    );
    await service.database.query(
      "update auth.sessions set auth_time = now() + interval '15 minutes' where user_id = $1",
      [user.id],
    );
    expect((await service.call("POST", "users/me/password", { token, json })).status).toBe(204);
    expect((await service.logIn(email, "Another-horse-8")).status).toBe(200);
  });
});
