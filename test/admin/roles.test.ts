import { beforeEach, describe, expect, it } from "vitest";
import type { Account } from "../support/client.ts";
import { heavy, inParallel } from "../support/heavy.ts";
import { holdLock } from "../support/lock.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });
const rounds = heavy ? 100 : 25;

let admin: Account;

async function makeAdmin(): Promise<Account> {
  const account = await service.signUp();
  await service.database.query("insert into auth.user_roles values ($1, 'admin')", [account.user.id]);
  return account;
}

const setRoles = (by: Account, of: Account, roles: string[]) =>
  service.call("PUT", `admin/users/${of.user.id}/roles`, { token: by.access_token, json: { roles } });
const suspend = (by: Account, of: Account, json: object = {}) =>
  service.call("POST", `admin/users/${of.user.id}/suspend`, { token: by.access_token, json });

async function countAdmins(): Promise<number> {
  const [row] = await service.database.query<{ count: number }>(
    `select count(*)::int from auth.user_roles ur join auth.users u on u.id = ur.user_id
     where ur.role = 'admin' and u.status = 'active'`,
  );
  return row?.count ?? 0;
}

beforeEach(async () => {
  await service.database.query("delete from auth.user_roles where role = 'admin'");
  admin = await makeAdmin();
});

describe("roles", () => {
  it("take effect on the next request, both ways", async () => {
    const user = await service.signUp();
    const listing = () => service.call("GET", "admin/users", { token: user.access_token });
    expect((await listing()).status).toBe(403);
    expect((await setRoles(admin, user, ["user", "admin"])).status).toBe(200);
    expect((await listing()).status).toBe(200);
    expect((await setRoles(admin, user, ["user"])).status).toBe(200);
    expect((await listing()).status).toBe(403);
  });

  it("that do not exist are refused, and nothing changes", async () => {
    const user = await service.signUp();
    const reply = await setRoles(admin, user, ["user", "root"]);
    expect(reply.body).toMatchObject({ status: 422, errors: [{ pointer: "/roles", code: "invalid" }] });
    const { body } = await service.call("GET", `admin/users/${user.user.id}`, { token: admin.access_token });
    expect(body.roles).toEqual(["user"]);
  });

  it("cannot be given to oneself", async () => {
    const user = await service.signUp();
    expect((await setRoles(user, user, ["admin"])).status).toBe(403);
    const json = {
      email: "x@example.com",
      password: "Correct-horse-7",
      role: "admin",
      roles: ["admin"],
      is_admin: true,
      id: admin.user.id,
      email_verified: true,
      status: "x",
      __proto__: { admin: true },
    };
    const { body } = await service.call<Account>("POST", "auth/signup", { json });
    expect(body.user).toMatchObject({ roles: ["user"], email_verified: false, status: "active" });
    expect(body.user.id).not.toBe(admin.user.id);
  });

  it("are recorded, with who gave them", async () => {
    const user = await service.signUp();
    await setRoles(admin, user, ["user", "admin"]);
    const [event] = await service.database.query(
      `select e.actor_id, e.outcome, d.text from auth.audit_events e join auth.audit_details d on d.event_id = e.id
       where e.subject_id = $1 and e.action = 'user.roles_changed'`,
      [user.user.id],
    );
    expect(event).toEqual({ actor_id: admin.user.id, outcome: "success", text: "admin user" });
  });
});

describe("two operators at once", () => {
  it(`leave the roles that the last successful reply shows, ${rounds} times over`, async () => {
    const other = await makeAdmin();
    for (let round = 0; round < rounds; round++) {
      const user = await service.signUp();
      const replies = await Promise.all([setRoles(admin, user, ["admin"]), setRoles(other, user, ["user"])]);
      const { body } = await service.call("GET", `admin/users/${user.user.id}`, {
        token: admin.access_token,
      });
      const shown = replies.filter(({ status }) => status === 200).map((reply) => reply.body.roles);
      expect(shown).toContainEqual(body.roles);
      for (const reply of replies) if (reply.status !== 200) expect(reply.body.code).toBe("conflict");
      await service.database.query("delete from auth.users where id = $1", [user.user.id]);
    }
  });

  it("act in turn: one who was suspended while waiting does nothing any more", async () => {
    const other = await makeAdmin();
    const crony = await service.signUp();
    const first = [admin, other].map(({ user }) => user.id).sort()[0];
    const held = await holdLock(service.database, "select 1 from auth.users where id = $1 for update", [
      first,
    ]);
    const suspension = suspend(admin, other);
    await held.waiters(1);
    const grant = setRoles(other, crony, ["admin"]);
    await held.waiters(2);
    await held.release();
    expect((await suspension).status).toBe(200);
    expect((await grant).body.code).toBe("not_allowed");
  });
});

describe("the last admin", () => {
  it("can be neither demoted nor suspended", async () => {
    for (const reply of [await setRoles(admin, admin, ["user"]), await suspend(admin, admin)]) {
      expect([reply.status, reply.body.code]).toEqual([409, "last_admin"]);
    }
    expect((await service.call("GET", "admin/users", { token: admin.access_token })).status).toBe(200);
  });

  it(`remains when two admins demote or suspend each other, ${rounds} times over`, async () => {
    for (let round = 0; round < rounds; round++) {
      const other = await makeAdmin();
      const acts = [
        [() => setRoles(admin, other, ["user"]), () => setRoles(other, admin, ["user"])],
        [() => suspend(admin, other), () => suspend(other, admin)],
        [() => setRoles(admin, other, []), () => suspend(other, admin)],
      ][round % 3] as (() => Promise<{ status: number }>)[];
      const replies = await inParallel(2, (index) => (acts[index] as () => Promise<{ status: number }>)());
      for (const { status } of replies) expect([200, 401, 403, 409]).toContain(status);
      expect(await countAdmins()).toBe(1);
      await service.database.query("delete from auth.user_roles where role = 'admin'");
      admin = await makeAdmin();
    }
  });
});

describe("a suspension", () => {
  it("with an end lapses by itself", async () => {
    const user = await service.signUp();
    const until = new Date(service.deps.clock.now().getTime() + 60_000).toISOString();
    const { body } = await suspend(admin, user, { until, reason: "Cooling off" });
    expect(body).toMatchObject({
      status: "suspended",
      suspended_until: until,
      suspended_reason: "Cooling off",
    });
    expect((await service.logIn(user.email)).status).toBe(403);
    service.advance(61);
    expect((await service.logIn(user.email)).status).toBe(200);
    const path = `admin/users/${user.user.id}`;
    const shown = await service.call("GET", path, { token: admin.access_token });
    expect(shown.body).toMatchObject({ status: "active", suspended_reason: null });
  });

  it("cannot end before it begins", async () => {
    const user = await service.signUp();
    const reply = await suspend(admin, user, { until: "2020-01-01T00:00:00Z" });
    expect(reply.body).toMatchObject({ errors: [{ pointer: "/until", code: "invalid" }] });
    expect((await service.call("GET", "users/me", { token: user.access_token })).status).toBe(200);
  });

  it("is told only to who knows the password", async () => {
    const user = await service.signUp();
    await suspend(admin, user);
    expect((await service.logIn(user.email, "Wrong-horse-7")).body).toMatchObject({
      code: "invalid_credentials",
    });
    expect((await service.logIn(user.email)).body).toMatchObject({ code: "account_suspended" });
  });
});
