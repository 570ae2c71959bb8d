import { decodeJwt } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { acr } from "../../src/access/assurance.ts";
import { type Account, freshEmail, goodPassword, type Reply } from "../support/client.ts";
import { makeAdmin, operatorWith } from "../support/operators.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

let admin: Account;
const fresh = () => `role-${crypto.randomUUID()}`;
const as = ({ access_token: token }: Account, json?: unknown) => ({
  token,
  ...(json !== undefined && { json }),
});
const answer = ({ status, body }: Reply) => [status, body.code];
const change = (by: Account, name: string, json: unknown) =>
  service.call("PATCH", `admin/roles/${name}`, as(by, json));

/** Has the session of an account count as one of two factors, or of one again. */
const setLevel = ({ access_token: token }: Account, level: string) =>
  service.database.query("update auth.sessions set acr = $2 where id = $1", [decodeJwt(token).sid, level]);
const raise = (account: Account) => setLevel(account, acr.two);

/** An account that holds `permissions` by a role which takes two factors, in a session of one. */
async function guardedOperator(...permissions: string[]): Promise<{ operator: Account; role: string }> {
  const [operator, role] = [await service.signUp(), fresh()];
  const made = await service.call(
    "POST",
    "admin/roles",
    as(admin, { name: role, permissions, mfa_required: true }),
  );
  expect([made.status, made.body.mfa_required]).toEqual([201, true]);
  await service.database.query("insert into auth.user_roles values ($1, $2)", [operator.user.id, role]);
  return { operator, role };
}

async function claimsAfterRefresh(account: Account) {
  const { body } = await service.refresh(account.refresh_token);
  account.refresh_token = body.refresh_token;
  account.access_token = body.access_token;
  const { roles, scope } = decodeJwt(body.access_token);
  return { roles, scope };
}

beforeAll(async () => {
  admin = await makeAdmin(service);
});

describe("a role that takes two factors", () => {
  it("opens nothing to a session of one, and says what it takes", async () => {
    const { operator } = await guardedOperator("users:read");
    const refused = await service.call("GET", "admin/users", as(operator));
    expect(answer(refused)).toEqual([401, "reauthentication_required"]);
    expect(refused.headers.get("www-authenticate")).toContain(
      `error="insufficient_user_authentication", max_age=900, acr_values="${acr.two}"`,
    );
    // Nothing to show yet: a second factor is to be set up first.
    expect(refused.body.methods).toEqual([]);
    await service.database.query("update auth.users set has_totp = true where id = $1", [operator.user.id]);
    expect((await service.call("GET", "admin/users", as(operator))).body.methods).toEqual(["totp"]);
    expect(answer(await service.call("GET", "admin/roles", as(operator)))).toEqual([403, "not_allowed"]);
    await raise(operator);
    expect((await service.call("GET", "admin/users", as(operator))).status).toBe(200);
  });

  it("is in the token of a session of two, and not of one", async () => {
    const { operator, role } = await guardedOperator("users:read");
    expect(await claimsAfterRefresh(operator)).toEqual({ roles: ["user"], scope: "" });
    await raise(operator);
    expect(await claimsAfterRefresh(operator)).toEqual({ roles: [role, "user"], scope: "users:read" });
    await setLevel(operator, acr.one);
    expect(await claimsAfterRefresh(operator)).toEqual({ roles: ["user"], scope: "" });
  });

  it("hands out nothing in a session of one, though another role opens the route", async () => {
    const routes = ["roles:assign", "roles:write", "users:invite", "users:write", "users:import"];
    const operator = await operatorWith(service, ...routes);
    const { role: guarded } = await guardedOperator("users:delete");
    await service.database.query("insert into auth.user_roles values ($1, $2)", [operator.user.id, guarded]);
    const user = await service.signUp();
    const hand = async () => {
      const roles = [guarded];
      const raw = JSON.stringify({ email: freshEmail(), roles });
      const headers = { "content-type": "application/x-ndjson" };
      const made = { name: fresh(), permissions: ["users:delete"] };
      const report = await service.call("POST", "admin/users/import", { ...as(operator), raw, headers });
      return [
        (await service.call("PUT", `admin/users/${user.user.id}/roles`, as(operator, { roles }))).status,
        (await service.call("POST", "admin/invitations", as(operator, { email: freshEmail(), roles })))
          .status,
        (await service.call("POST", "admin/users", as(operator, { email: freshEmail(), roles }))).status,
        (await service.call("POST", "admin/roles", as(operator, made))).status,
        (await change(operator, guarded, { mfa_required: false })).status,
        report.body.accepted,
      ];
    };
    expect(await hand()).toEqual([403, 403, 403, 403, 403, 0]);
    await raise(operator);
    expect(await hand()).toEqual([200, 201, 201, 201, 200, 1]);
  });

  it("shields whoever holds it also while they are signed in by one factor", async () => {
    const clerk = await operatorWith(service, "users:write");
    const { operator } = await guardedOperator("users:delete");
    const path = `admin/users/${operator.user.id}`;
    expect(answer(await service.call("PATCH", path, as(clerk, { name: "X" })))).toEqual([403, "not_allowed"]);
  });

  it("ends acting as a user once the operator's session is of one factor", async () => {
    const { operator } = await guardedOperator("users:impersonate");
    const user = await service.signUp();
    await raise(operator);
    const { body } = await service.call<{ access_token: string }>(
      "POST",
      `admin/users/${user.user.id}/impersonate`,
      as(operator, { reason: "Ticket 4711" }),
    );
    const me = async () => (await service.call("GET", "users/me", { token: body.access_token })).status;
    expect(await me()).toBe(200);
    await setLevel(operator, acr.one);
    expect(await me()).toBe(401);
  });

  it("is not in the first session of who was invited to it", async () => {
    const { role } = await guardedOperator("users:read");
    const email = freshEmail();
    await service.call("POST", "admin/invitations", as(admin, { email, roles: ["user", role] }));
    const { token: invitation } = await service.mailTo(email, "invitation");
    const json = { email, password: goodPassword, invitation };
    const { body } = await service.call<Account>("POST", "auth/signup", { json });
    expect(decodeJwt(body.access_token)).toMatchObject({ roles: ["user"], scope: "" });
    expect(body.user.roles).toEqual([role, "user"]);
  });
});

describe("what a role takes", () => {
  it("is shown, and changed without its permissions, which change without it", async () => {
    const name = fresh();
    const made = await service.call("POST", "admin/roles", as(admin, { name, permissions: ["users:read"] }));
    expect(made.body.mfa_required).toBe(false);
    expect((await change(admin, name, { mfa_required: true })).body).toMatchObject({
      permissions: ["users:read"],
      mfa_required: true,
    });
    expect((await change(admin, name, { permissions: [] })).body).toMatchObject({
      permissions: [],
      mfa_required: true,
    });
    expect((await change(admin, name, {})).body).toMatchObject({ permissions: [], mfa_required: true });
    expect((await change(admin, name, { mfa_required: false })).body.mfa_required).toBe(false);
    expect((await change(admin, name, { mfa_required: null })).status).toBe(422);
    const { body } = await service.call<{ data: object[] }>("GET", "admin/roles?limit=100", as(admin));
    expect(body.data).toContainEqual(expect.objectContaining({ name, mfa_required: false }));
    const events = await service.database.query<{ text: string }>(
      "select d.text from auth.audit_details d where d.text like $1 order by d.occurred_at",
      [`${name}%`],
    );
    expect(events.map(({ text }) => text.slice(name.length))).toEqual([
      " users:read no mfa",
      " mfa",
      " no permissions",
      "",
      " no mfa",
    ]);
  });

  it("bites on the next request of who holds it", async () => {
    const clerk = await operatorWith(service, "users:read");
    const [row] = await service.database.query<{ role: string }>(
      "select role from auth.user_roles where user_id = $1 and role <> 'user'",
      [clerk.user.id],
    );
    expect((await service.call("GET", "admin/users", as(clerk))).status).toBe(200);
    await change(admin, row?.role ?? "", { mfa_required: true });
    expect(answer(await service.call("GET", "admin/users", as(clerk)))).toEqual([
      401,
      "reauthentication_required",
    ]);
  });

  it("is not the role user's to change", async () => {
    expect(answer(await change(admin, "user", { mfa_required: true }))).toEqual([403, "not_allowed"]);
  });

  it("is set for admins by one who has shown two factors, so that somebody can administer", async () => {
    const other = await makeAdmin(service);
    const requires = async () =>
      (await service.database.query("select 1 from auth.roles where name = 'admin' and mfa_required")).length;
    expect(answer(await change(admin, "admin", { mfa_required: true }))).toEqual([409, "conflict"]);
    expect((await change(admin, "admin", { mfa_required: false })).status).toBe(200); // as it is
    expect(await requires()).toBe(0);
    await raise(admin);
    expect(answer(await change(admin, "admin", { permissions: [] }))).toEqual([409, "last_admin"]);
    expect(answer(await change(admin, "admin", { permissions: [], mfa_required: true }))).toEqual([
      409,
      "last_admin",
    ]);
    const clerk = await operatorWith(service, "roles:write");
    await raise(clerk);
    expect(answer(await change(clerk, "admin", { mfa_required: true }))).toEqual([403, "not_allowed"]);
    expect((await change(admin, "admin", { mfa_required: true })).status).toBe(200);
    expect(await requires()).toBe(1);
    expect((await service.call("GET", "admin/users", as(admin))).status).toBe(200);
    expect(answer(await service.call("GET", "admin/users", as(other)))).toEqual([
      401,
      "reauthentication_required",
    ]);
    expect(answer(await change(other, "admin", { mfa_required: false }))).toEqual([
      401,
      "reauthentication_required",
    ]);
    expect((await change(admin, "admin", { mfa_required: false })).status).toBe(200);
  });
});
