import { beforeAll, describe, expect, it } from "vitest";
import { forPeopleOnly, permissionNames } from "../../src/access/permissions.ts";
import { type Account, freshEmail } from "../support/client.ts";
import { holdLock } from "../support/lock.ts";
import { clientToken, createKey, exchangeKey, registerClient } from "../support/machines.ts";
import { type Operation, operatorRequest, readOperations } from "../support/openapi.ts";
import { makeAdmin } from "../support/operators.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });
const grantable = permissionNames.filter((name) => !forPeopleOnly.has(name));

let admin: Account;
let operations: Operation[];

beforeAll(async () => {
  admin = await makeAdmin(service);
  operations = (await readOperations(service)).filter(({ operation }) => operation["x-permission"]);
});

const ofOperators = ({ path }: Operation) => path.startsWith("/api/v1/admin/");
const isStream = ({ operation }: Operation) =>
  "application/x-ndjson" in (operation.requestBody?.content ?? {});

/** How a route answers a token: what a caller is kept out by, or "in". */
async function answer(each: Operation, token: string): Promise<string> {
  const [method, url, options] = ofOperators(each)
    ? operatorRequest(each)
    : [each.method.toUpperCase(), each.path.replace(/\{[^}]+\}/g, crypto.randomUUID()), {}];
  const { status, body } = await service.call(method, url, { token, ...options });
  return status === 401 || status === 403 ? String(body.code) : "in";
}

describe("a machine client with every permission a program can have", () => {
  it("gets into the routes of operators but those for people only, and into no other", async () => {
    const client = await registerClient(service, admin, { scopes: grantable });
    const token = await clientToken(service, client);
    const shut: string[] = [];
    for (const each of operations) {
      const name = `${each.method} ${each.path}`;
      const said = await answer(each, token);
      if (each.operation["x-machines"]?.includes("client_credentials"))
        expect([name, said]).toEqual([name, "in"]);
      else {
        expect([name, said]).toEqual([name, "not_allowed"]);
        if (ofOperators(each)) shut.push(name);
      }
    }
    expect(shut.sort()).toEqual([
      "delete /api/v1/admin/clients/{id}",
      "delete /api/v1/admin/clients/{id}/secrets/{secret_id}",
      "delete /api/v1/admin/roles/{name}",
      "patch /api/v1/admin/clients/{id}",
      "patch /api/v1/admin/roles/{name}",
      "post /api/v1/admin/clients",
      "post /api/v1/admin/clients/{id}/secrets",
      "post /api/v1/admin/invitations",
      "post /api/v1/admin/roles",
      "post /api/v1/admin/users/{id}/impersonate",
      "put /api/v1/admin/users/{id}/roles",
    ]);
  });
});

describe("an API key of an admin with every permission a program can have, and a token for it", () => {
  it("gets into the routes of operators that ask for no recent authentication, and to its owner's profile", async () => {
    const { key } = await createKey(service, admin, { scopes: grantable });
    const { body } = await exchangeKey(service, key);
    let open = 0;
    for (const each of operations) {
      const name = `${each.method} ${each.path}`;
      const takes = each.operation["x-machines"]?.includes("api_key");
      if (takes) open++;
      for (const token of [key, String(body.access_token)]) {
        expect([name, await answer(each, token)]).toEqual([name, takes ? "in" : "not_allowed"]);
      }
      if (each.operation["x-step-up"]) expect([name, takes ?? false]).toEqual([name, false]);
    }
    expect(open).toBeGreaterThan(15);
  });
});

describe.each(["a machine client", "an API key of an admin"])("%s without a scope", (kind) => {
  it("gets into no route of operators", async () => {
    const token = kind.startsWith("an API")
      ? (await createKey(service, admin)).key
      : await clientToken(service, await registerClient(service, admin));
    for (const each of operations.filter((operation) => ofOperators(operation) && !isStream(operation))) {
      const name = `${each.method} ${each.path}`;
      expect([name, await answer(each, token)]).toEqual([name, "not_allowed"]);
    }
  });
});

describe("an API key of an admin that may change users", () => {
  it("does not change one who is made an admin while it waits", async () => {
    const { key } = await createKey(service, admin, { scopes: ["users:write"] });
    const target = await service.signUp();
    const held = await holdLock(service.database, "select 1 from auth.users where id = $1 for update", [
      target.user.id,
    ]);
    const json = { email: freshEmail(), email_verified: true };
    const waiting = service.call("PATCH", `admin/users/${target.user.id}`, { token: key, json });
    await held.waiters(1);
    await held.query("insert into auth.user_roles values ($1, 'admin')", [target.user.id]);
    await held.query("update auth.users set updated_at = now() where id = $1", [target.user.id]);
    await held.release();
    expect((await waiting).status).toBe(409);
  });
});

describe("a machine client that may create and change users", () => {
  it("makes them, with the role of everyone and no other, and touches nobody who may do more than it", async () => {
    const client = await registerClient(service, admin, { scopes: ["users:read", "users:write"] });
    const token = await clientToken(service, client);
    const create = (email: string, roles?: string[]) =>
      service.call("POST", "admin/users", { token, json: { email, ...(roles && { roles }) } });
    const made = await create("backend@example.com");
    expect([made.status, made.body.roles]).toEqual([201, ["user"]]);
    expect((await create("mighty@example.com", ["admin"])).status).toBe(403);
    const suspend = (id: unknown) =>
      service.call("POST", `admin/users/${id}/suspend`, { token, json: { reason: "Fraud" } });
    expect((await suspend(made.body.id)).status).toBe(200);
    expect((await suspend(admin.user.id)).status).toBe(403);
    const events = await service.database.query<{ action: string }>(
      "select action, outcome from auth.audit_events where actor_id = $1 order by occurred_at",
      [client.client_id],
    );
    expect(events.map(({ action }) => action)).toEqual([
      "user.created",
      "user.created",
      "user.suspended",
      "user.suspended",
    ]);
  });
});
