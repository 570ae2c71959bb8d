import { afterEach, describe, expect, it, vi } from "vitest";
import { createAdmin } from "../../src/admin/create-admin.ts";
import { freshEmail, freshIp, goodPassword } from "../support/client.ts";
import { startService, useService } from "../support/service.ts";

const breached = "Known-horse-9";
const asked: { password: string; statements: number }[] = [];
const service = useService(
  {},
  {
    isBreached: async (password) => {
      asked.push({ password, statements: service.statements.length });
      return password === breached;
    },
  },
);
const signUp = (password: string, ip = freshIp(), email = freshEmail()) =>
  service.call("POST", "auth/signup", { json: { email, password }, ip });
const fault = (pointer: string) => ({ code: "invalid_fields", errors: [{ pointer, code: "breached" }] });

afterEach(() => {
  asked.length = 0;
  vi.unstubAllGlobals();
});

describe("a password known from a breach", () => {
  it("is refused at sign-up once the attempt is counted, and makes no account", async () => {
    const before = service.statements.length;
    const email = freshEmail();
    const { status, body } = await signUp(breached, freshIp(), email);
    expect(status).toBe(422);
    expect(body).toMatchObject(fault("/password"));
    expect(asked).toEqual([{ password: breached, statements: before + 1 }]);
    expect(service.statements.length).toBe(before + 1);
    const rows = await service.database.query("select 1 from auth.users where email = $1", [email]);
    expect(rows).toEqual([]);
  });

  it("is refused as a new password, to whoever has shown the current one", async () => {
    const { access_token: token, email, password } = await service.signUp();
    asked.length = 0;
    const change = (current_password: string, new_password: string) =>
      service.call("POST", "users/me/password", { token, json: { current_password, new_password } });
    expect((await change("Wrong-horse-7", breached)).status).toBe(401);
    expect(asked).toEqual([]);
    expect((await change(password, breached)).body).toMatchObject(fault("/new_password"));
    expect((await service.logIn(email, breached)).status).toBe(401);
    expect((await service.logIn(email, password)).status).toBe(200);
  });

  it("is refused to an administrator who is made at the terminal", async () => {
    const made = createAdmin(service.deps, freshEmail(), async () => breached);
    await expect(made).rejects.toMatchObject({ extras: { errors: [{ code: "breached" }] } });
  });
});

describe("the lookup of a password", () => {
  it("is left out when the password is refused here", async () => {
    for (const password of ["Ab1!", "alllower7!", "P@ssw0rd", "Gatehouse-77-x"])
      expect((await signUp(password)).status).toBe(422);
    expect(asked).toEqual([]);
  });

  it("is left out for who is throttled, so that nobody makes us ask without limit", async () => {
    const ip = freshIp();
    const replies = [];
    for (let i = 0; i < 22; i++) replies.push((await signUp(breached, ip)).status);
    expect(replies).toEqual([...Array(20).fill(422), 429, 429]);
    expect(asked).toHaveLength(20);
  });

  it.each([
    ["hibp", ["https://api.pwnedpasswords.com"]],
    ["off", []],
  ])("goes out when PASSWORD_BREACH_CHECK is %s: %j", async (setting, expected) => {
    const outside: string[] = [];
    const real = fetch;
    vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
      const { hostname, origin } = new URL(url);
      if (hostname === "127.0.0.1" || hostname === "localhost") return real(url, init);
      outside.push(origin);
      return Promise.reject(new TypeError("no network in tests"));
    });
    const other = await startService({ PASSWORD_BREACH_CHECK: setting });
    await other.signUp({ password: goodPassword });
    expect(outside).toEqual(expected);
    const failures = other.logs.filter(({ event }) => event === "password.breach_check_failed");
    expect(failures).toHaveLength(expected.length);
    await other.close();
  });
});
