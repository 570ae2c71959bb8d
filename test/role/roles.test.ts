import { beforeAll, describe, expect, it } from "vitest";
import type { Account } from "../support/client.ts";
import { makeAdmin, operatorWith } from "../support/operators.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

type Role = { name: string; permissions: string[] };
type Roles = { data: Role[]; next_cursor: string | null; total_estimate: number };

let admin: Account;
const fresh = () => `role-${crypto.randomUUID()}`;
const as = ({ access_token: token }: Account, json?: unknown) => ({
  token,
  ...(json !== undefined && { json }),
});
const make = (by: Account, name: string, permissions: string[]) =>
  service.call("POST", "admin/roles", as(by, { name, permissions }));
const change = (by: Account, name: string, permissions: string[]) =>
  service.call("PATCH", `admin/roles/${name}`, as(by, { permissions }));
const remove = (by: Account, name: string) => service.call("DELETE", `admin/roles/${name}`, as(by));
const assign = (by: Account, to: Account, roles: string[]) =>
  service.call("PUT", `admin/users/${to.user.id}/roles`, as(by, { roles }));

beforeAll(async () => {
  admin = await makeAdmin(service);
});

describe("roles", () => {
  it("are user, admin and auditor from the start", async () => {
    const { body } = await service.call<Roles>("GET", "admin/roles", as(admin));
    expect(body.data.map(({ name }) => name)).toEqual(["admin", "auditor", "user"]);
    expect(body.data[2]?.permissions).toEqual([]);
    expect(body.data[1]?.permissions.every((permission) => permission.endsWith(":read"))).toBe(true);
    const all = await service.call<{ data: { name: string }[] }>("GET", "admin/permissions", as(admin));
    expect(body.data[0]?.permissions.toSorted()).toEqual(all.body.data.map(({ name }) => name).toSorted());
  });

  it("are made, listed page by page, changed and deleted", async () => {
    const name = fresh();
    const made = await make(admin, name, ["users:write", "users:read", "users:read"]);
    expect([made.status, made.body.permissions]).toEqual([201, ["users:read", "users:write"]]);
    expect((await make(admin, name, [])).body.code).toBe("conflict");
    expect((await change(admin, name, ["audit:read"])).body.permissions).toEqual(["audit:read"]);
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const query: string = `admin/roles?limit=1${cursor && `&cursor=${cursor}`}`;
      const { body }: { body: Roles } = await service.call<Roles>("GET", query, as(admin));
      seen.push(...body.data.map((role) => role.name));
      cursor = body.next_cursor;
    }
    expect(seen).toEqual([...seen].sort());
    expect(seen).toContain(name);
    expect((await remove(admin, name)).status).toBe(204);
    expect((await remove(admin, name)).status).toBe(404);
    expect((await change(admin, name, [])).status).toBe(404);
  });

  it("are taken from whoever had one that is deleted", async () => {
    const user = await service.signUp();
    const name = fresh();
    await make(admin, name, ["users:read"]);
    expect((await assign(admin, user, ["user", name])).body.roles).toEqual([name, "user"].sort());
    expect((await service.call("GET", "admin/users", as(user))).status).toBe(200);
    expect((await remove(admin, name)).status).toBe(204);
    expect((await service.call("GET", "admin/users", as(user))).status).toBe(403);
    expect((await service.call("GET", "users/me", as(user))).body.roles).toEqual(["user"]);
  });

  it("that the service stands on stay", async () => {
    for (const reply of [await change(admin, "admin", []), await remove(admin, "admin")]) {
      expect([reply.status, reply.body.code]).toEqual([409, "last_admin"]);
    }
    for (const reply of [await change(admin, "user", ["users:read"]), await remove(admin, "user")]) {
      expect([reply.status, reply.body.code]).toEqual([403, "not_allowed"]);
    }
  });

  it.each([
    ["a name in capitals", { name: "Support", permissions: [] }, "/name"],
    ["no name", { permissions: [] }, "/name"],
    ["a permission there is not", { name: "x", permissions: ["users:everything"] }, "/permissions/0"],
    ["another field", { name: "x", permissions: [], users: [] }, "/users"],
  ])("are refused with %s", async (_, json, pointer) => {
    const { status, body } = await service.call("POST", "admin/roles", as(admin, json));
    expect([status, body.errors]).toEqual([422, [expect.objectContaining({ pointer })]]);
  });

  it("held by more than one statement can take it from is not deleted", async () => {
    const name = fresh();
    await make(admin, name, []);
    await service.database.query(
      `with made as (
        insert into auth.users (id, email, email_key, created_at, updated_at)
        select gen_random_uuid(), n || '@many.example', n || '@many.example', now(), now() from generate_series(1, 20001) n
        returning id)
      insert into auth.user_roles select id, $1 from made`,
      [name],
    );
    const refused = await remove(admin, name);
    expect([refused.status, refused.body.code]).toEqual([409, "conflict"]);
    await service.database.query("delete from auth.users where email like '%@many.example'");
    expect((await remove(admin, name)).status).toBe(204);
  });

  it("list what they can own page by page", async () => {
    type Names = { data: { name: string }[]; next_cursor: string; total_estimate: number };
    const page = (query: string) => service.call<Names>("GET", `admin/permissions?${query}`, as(admin));
    const { body: first } = await page("limit=10");
    const { body: rest } = await page(`limit=10&cursor=${first.next_cursor}`);
    expect(first.data.length + rest.data.length).toBe(first.total_estimate);
    expect(rest.next_cursor).toBeNull();
    expect((await page("limit=10&cursor=x.y.z")).status).toBe(400);
    expect((await page("color=red")).status).toBe(422);
  });

  it.each(["%00", "nowhere", "..%2f", "ADMIN"])("named %s are not found", async (name) => {
    expect((await remove(admin, name)).status).toBe(404);
  });

  it("are on record, refused attempts as well", async () => {
    const name = fresh();
    const clerk = await operatorWith(service, "roles:write", "users:read");
    await make(clerk, name, ["users:read"]);
    await change(clerk, name, ["users:delete"]);
    await change(clerk, name, []);
    await remove(clerk, name);
    const events = await service.database.query(
      `select e.action, e.outcome from auth.audit_events e join auth.audit_details d on d.event_id = e.id
       where e.actor_id = $1 and d.text like $2 order by e.occurred_at, e.id`,
      [clerk.user.id, `${name}%`],
    );
    expect(events).toEqual([
      { action: "role.created", outcome: "success" },
      { action: "role.changed", outcome: "denied" },
      { action: "role.changed", outcome: "success" },
      { action: "role.deleted", outcome: "success" },
    ]);
  });
});

describe("nobody hands out more than they hold", () => {
  const denied = [403, "not_allowed"];
  const answer = ({ status, body }: { status: number; body: Record<string, unknown> }) => [status, body.code];

  it("by making, widening, changing or deleting a role", async () => {
    const clerk = await operatorWith(service, "roles:write", "users:read");
    const wide = fresh();
    await make(admin, wide, ["users:delete"]);
    expect(answer(await make(clerk, fresh(), ["users:delete"]))).toEqual(denied);
    expect((await make(clerk, fresh(), ["users:read"])).status).toBe(201);
    for (const reply of [
      await change(clerk, wide, ["users:read"]),
      await remove(clerk, wide),
      await change(clerk, "admin", []),
    ]) {
      expect(answer(reply)).toEqual(denied);
    }
  });

  it("by assigning, inviting, creating or importing", async () => {
    const held = ["roles:assign", "users:read", "users:write", "users:invite", "users:import"];
    const clerk = await operatorWith(service, ...held);
    const user = await service.signUp();
    const email = () => `${crypto.randomUUID()}@example.com`;
    const hand = async (roles: string[]) => [
      answer(await assign(clerk, user, roles)),
      answer(await service.call("POST", "admin/invitations", as(clerk, { email: email(), roles }))),
      answer(await service.call("POST", "admin/users", as(clerk, { email: email(), roles }))),
    ];
    const narrow = fresh();
    await make(admin, narrow, ["users:read"]);
    expect(await hand(["user", narrow])).toEqual([
      [200, undefined],
      [201, undefined],
      [201, undefined],
    ]);
    expect(await hand(["user", "admin"])).toEqual([denied, denied, denied]);
    expect(await hand(["auditor"])).toEqual([denied, denied, denied]);
    const lines = [["admin"], [narrow]].map((roles) => JSON.stringify({ email: email(), roles })).join("\n");
    const headers = { "content-type": "application/x-ndjson" };
    const report = await service.call("POST", "admin/users/import", { ...as(clerk), raw: lines, headers });
    expect(report.body).toMatchObject({ accepted: 1, refused: [{ line: 1, code: "not_allowed" }] });
  });

  it("by an invitation whose role has grown since, or whose host has shrunk", async () => {
    const host = await operatorWith(service, "roles:assign", "users:read", "users:invite");
    const name = fresh();
    await make(admin, name, ["users:read"]);
    const accept = async (before: () => Promise<unknown>) => {
      const email = `${crypto.randomUUID()}@example.com`;
      await service.call("POST", "admin/invitations", as(host, { email, roles: [name] }));
      const { token: invitation } = await service.mailTo(email, "invitation");
      await before();
      const json = { email, password: "Correct-horse-7", invitation };
      return (await service.call("POST", "auth/signup", { json })).status;
    };
    expect(await accept(async () => undefined)).toBe(201);
    expect(await accept(() => change(admin, name, ["users:read", "users:delete"]))).toBe(401);
    await change(admin, name, ["users:read"]);
    expect(await accept(() => assign(admin, host, ["user"]))).toBe(401);
  });

  it("and nobody changes a user who may do more", async () => {
    const held = ["roles:assign", "users:read", "users:write", "users:delete", "users:impersonate"];
    const clerk = await operatorWith(service, ...held);
    const path = `admin/users/${admin.user.id}`;
    const attempts = [
      await service.call("PATCH", path, as(clerk, { email: clerk.email.replace("@", "+@") })),
      await service.call("PATCH", path, as(clerk, { app_metadata: { plan: "free" } })),
      await service.call("POST", `${path}/suspend`, as(clerk, {})),
      await service.call("POST", `${path}/reinstate`, as(clerk)),
      await service.call("POST", `${path}/password-reset`, as(clerk)),
      await service.call("POST", `${path}/impersonate`, as(clerk, { reason: "curious" })),
      await service.call("DELETE", `${path}/sessions`, as(clerk)),
      await service.call("DELETE", path, as(clerk)),
      await assign(clerk, admin, ["user"]),
    ];
    expect(attempts.map(answer)).toEqual(attempts.map(() => denied));
    expect((await service.call("GET", "users/me", as(admin))).body.roles).toContain("admin");
  });
});
