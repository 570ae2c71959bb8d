import { decodeJwt } from "jose";
import { beforeEach, describe, expect, it } from "vitest";
import { createAdmin } from "../../src/admin/create-admin.ts";
import { type Account, freshEmail, goodPassword, type Reply, type Tokens } from "../support/client.ts";
import { inParallel } from "../support/heavy.ts";
import { holdLock } from "../support/lock.ts";
import { makeAdmin, operatorWith } from "../support/operators.ts";
import { useService } from "../support/service.ts";

/** What is decided while one statement waits for another: READ COMMITTED re-reads only what it locks. */
const service = useService({ THROTTLE: "off" });

let admin: Account;
const held = ["roles:assign", "roles:write", "users:read", "users:write", "users:invite"];
const as = ({ access_token: token }: Account, json?: unknown) => ({
  token,
  ...(json !== undefined && { json }),
});
const fresh = () => `role-${crypto.randomUUID()}`;
const makeRole = (name: string, permissions: string[]) =>
  service.call("POST", "admin/roles", as(admin, { name, permissions }));
const assign = (by: Account, to: Account, roles: string[]) =>
  service.call("PUT", `admin/users/${to.user.id}/roles`, as(by, { roles }));
const answer = ({ status, body }: { status: number; body: Record<string, unknown> }) => [status, body.code];
const rolesOf = async ({ user }: Account) =>
  (await service.call("GET", `admin/users/${user.id}`, as(admin))).body.roles;

/** Locks the one admin's row, which every change of an operator waits for, and runs `acts` in their order behind it. */
async function lineUp(...acts: (() => Promise<{ status: number; body: Record<string, unknown> }>)[]) {
  const lock = await holdLock(service.database, "select 1 from auth.users where id = $1 for update", [
    admin.user.id,
  ]);
  const replies = [];
  for (const [index, act] of acts.entries()) {
    replies.push(act());
    await lock.waiters(index + 1);
  }
  await lock.release();
  return (await Promise.all(replies)).map(answer);
}

beforeEach(async () => {
  await service.database.query("delete from auth.user_roles where role = 'admin'");
  admin = await makeAdmin(service);
});

describe("an operator who waits while", () => {
  const acts: [string, (clerk: Account, user: Account) => Promise<Reply>][] = [
    [
      "changing a user",
      (clerk, { user }) => service.call("PATCH", `admin/users/${user.id}`, as(clerk, { name: "X" })),
    ],
    ["creating a user", (clerk) => service.call("POST", "admin/users", as(clerk, { email: freshEmail() }))],
    [
      "making a role",
      (clerk) => service.call("POST", "admin/roles", as(clerk, { name: fresh(), permissions: [] })),
    ],
    [
      "changing a role",
      (clerk) => service.call("PATCH", "admin/roles/plain", as(clerk, { permissions: [] })),
    ],
    ["assigning a role", (clerk, user) => assign(clerk, user, ["user"])],
  ];
  beforeEach(() =>
    service.database.query("insert into auth.roles values ('plain', '{}', now()) on conflict do nothing"),
  );

  it.each(acts)("%s does nothing once demoted", async (_, act) => {
    const [clerk, user] = [await operatorWith(service, ...held), await service.signUp()];
    expect(
      await lineUp(
        () => assign(admin, clerk, ["user"]),
        () => act(clerk, user),
      ),
    ).toEqual([
      [200, undefined],
      [403, "not_allowed"],
    ]);
  });

  it.each(acts)("%s does nothing once their role shrank", async (_, act) => {
    const [clerk, user, name] = [await service.signUp(), await service.signUp(), fresh()];
    await makeRole(name, held);
    await assign(admin, clerk, ["user", name]);
    const shrink = () =>
      service.call("PATCH", `admin/roles/${name}`, as(admin, { permissions: ["users:read"] }));
    expect(await lineUp(shrink, () => act(clerk, user))).toEqual([
      [200, undefined],
      [403, "not_allowed"],
    ]);
  });

  it.each(acts)("%s does nothing once their sessions ended", async (_, act) => {
    const [clerk, user] = [await operatorWith(service, ...held), await service.signUp()];
    const end = () => service.call("DELETE", `admin/users/${clerk.user.id}/sessions`, as(admin));
    expect(await lineUp(end, () => act(clerk, user))).toEqual([
      [204, undefined],
      [403, "not_allowed"],
    ]);
  });

  it("assigning a role does nothing once the one session that asks was logged out", async () => {
    const [clerk, user] = [await operatorWith(service, ...held), await service.signUp()];
    const lock = await holdLock(service.database, "update auth.sessions set ended_at = now() where id = $1", [
      decodeJwt(clerk.access_token).sid,
    ]);
    const waiting = assign(clerk, user, ["user"]);
    await lock.waiters(1);
    await lock.release();
    expect(answer(await waiting)).toEqual([403, "not_allowed"]);
  });
});

describe("a role that changes while it is handed out", () => {
  it("is not given in the shape it has got, deleted and made anew or widened", async () => {
    const clerk = await operatorWith(service, "roles:assign", "users:read");
    const crony = await service.signUp();
    const wide = ["users:read", "users:delete", "roles:write"];
    const name = fresh();
    await makeRole(name, ["users:read"]);
    const replaced = await lineUp(
      () => service.call("DELETE", `admin/roles/${name}`, as(admin)),
      () => makeRole(name, wide),
      () => assign(clerk, crony, [name]),
    );
    expect(replaced.slice(0, 2)).toEqual([
      [204, undefined],
      [201, undefined],
    ]);
    expect(replaced[2]?.[0]).not.toBe(200);
    const other = fresh();
    await makeRole(other, ["users:read"]);
    const widen = () => service.call("PATCH", `admin/roles/${other}`, as(admin, { permissions: wide }));
    expect(await lineUp(widen, () => assign(clerk, crony, [other]))).toEqual([
      [200, undefined],
      [403, "not_allowed"],
    ]);
    expect(await rolesOf(crony)).toEqual(["user"]);
  });

  it("shields whoever holds it from who is outranked by it now", async () => {
    const clerk = await operatorWith(service, "users:read", "users:write");
    const [holder, name] = [await service.signUp(), fresh()];
    await makeRole(name, []);
    await assign(admin, holder, ["user", name]);
    const widen = () =>
      service.call("PATCH", `admin/roles/${name}`, as(admin, { permissions: ["users:delete"] }));
    const change = () =>
      service.call("PATCH", `admin/users/${holder.user.id}`, as(clerk, { email: freshEmail() }));
    expect(await lineUp(widen, change)).toEqual([
      [200, undefined],
      [403, "not_allowed"],
    ]);
  });

  it("is in no reply and no token once it is deleted", async () => {
    const name = fresh();
    await makeRole(name, []);
    const create = () =>
      service.call("POST", "admin/users", as(admin, { email: freshEmail(), roles: ["user", name] }));
    expect(await lineUp(() => service.call("DELETE", `admin/roles/${name}`, as(admin)), create)).toEqual([
      [204, undefined],
      [422, "invalid_fields"],
    ]);
    const late = fresh();
    await makeRole(late, []);
    const email = freshEmail();
    await service.call("POST", "admin/invitations", as(admin, { email, roles: ["user", late] }));
    const { token: invitation } = await service.mailTo(email, "invitation");
    const gone = await holdLock(service.database, "delete from auth.roles where name = $1", [late]);
    const json = { email, password: goodPassword, invitation };
    const joining = service.call<Tokens & { user: { roles: string[] } }>("POST", "auth/signup", { json });
    await gone.waiters(1);
    await gone.release();
    const { status, body } = await joining;
    expect([status, body.user.roles, decodeJwt(body.access_token).roles]).toEqual([201, ["user"], ["user"]]);
  });
});

describe("a promotion at the terminal", () => {
  it("is seen by a change of the user that waited for it", async () => {
    const clerk = await operatorWith(service, "users:read", "users:write");
    const { user } = await service.signUp();
    const lock = await holdLock(
      service.database,
      "select 1 from auth.roles where name = 'admin' for update",
      [],
    );
    const promoted = createAdmin(service.deps, user.email, async () => "");
    await lock.waiters(1);
    const waiting = service.call("PATCH", `admin/users/${user.id}`, as(clerk, { email: freshEmail() }));
    await lock.waiters(2);
    await lock.release();
    expect(await promoted).toMatchObject({ created: false });
    expect(answer(await waiting)).toEqual([409, "conflict"]);
  });
});

describe("operators who act on each other at once", () => {
  it("queue on the first admin, and no statement dies of a deadlock", async () => {
    // The one admin is the youngest: in the order of ids alone, everyone else would be locked before.
    await service.database.query("delete from auth.user_roles where role = 'admin'");
    const clerks = await inParallel(6, () => operatorWith(service, ...held));
    admin = await makeAdmin(service);
    const deadlocks = async () =>
      (
        await service.database.query<{ deadlocks: string }>(
          "select deadlocks from pg_stat_database where datname = current_database()",
        )
      )[0]?.deadlocks;
    const before = await deadlocks();
    for (let round = 0; round < 4; round++) {
      const replies = await Promise.all(
        clerks.map((clerk, index) => {
          const next = clerks[(index + 1) % clerks.length] as Account;
          return service.call("PATCH", `admin/users/${next.user.id}`, as(clerk, { name: `Round ${round}` }));
        }),
      );
      for (const { status } of replies) expect([200, 409]).toContain(status);
    }
    await service.database.query("select pg_stat_force_next_flush()");
    expect(await deadlocks()).toBe(before);
  });
});
