import { beforeAll, describe, expect, it } from "vitest";
import { permissionNames } from "../../src/access/permissions.ts";
import { createApp } from "../../src/app.ts";
import { createRouter } from "../../src/http/router.ts";
import type { Account } from "../support/client.ts";
import { createClient } from "../support/client.ts";
import { type Operation, operatorRequest, readOperations } from "../support/openapi.ts";
import { makeAdmin, operatorWith } from "../support/operators.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

let operations: Operation[];

beforeAll(async () => {
  operations = (await readOperations(service)).filter(({ path }) => path.startsWith("/api/v1/admin"));
});

async function answersTo(account: Account): Promise<{ refused: string[]; passed: string[] }> {
  const refused: string[] = [];
  const passed: string[] = [];
  for (const each of operations) {
    const [method, url, options] = operatorRequest(each);
    const { status, body } = await service.call(method, url, { token: account.access_token, ...options });
    const name = `${method} ${each.path}`;
    if (status === 403) {
      expect([name, body.code]).toEqual([name, "not_allowed"]);
      refused.push(name);
    } else {
      // Passed as far as there is something to act on.
      expect([name, [200, 201, 204, 404].includes(status)]).toEqual([name, true]);
      passed.push(name);
    }
  }
  return { refused, passed };
}

const routesFor = (held: readonly string[]) =>
  operations
    .filter(({ operation }) => held.includes(operation["x-permission"] ?? ""))
    .map(({ method, path }) => `${method.toUpperCase()} ${path}`);

describe("the matrix of roles and routes", () => {
  it("has a route for every permission, and a permission of ours on every route", () => {
    const declared = new Set(operations.map(({ operation }) => operation["x-permission"]));
    expect(operations.length).toBeGreaterThan(20);
    expect([...declared].sort()).toEqual([...permissionNames].sort());
  });

  it.each([...permissionNames])(
    "opens to a role of %s alone just the routes that declare it",
    async (held) => {
      const { passed } = await answersTo(await operatorWith(service, held));
      expect(passed.sort()).toEqual(routesFor([held]).sort());
    },
  );

  it.each([...permissionNames])(
    "shuts to a role of all but %s just the routes that declare it",
    async (lacked) => {
      const rest = permissionNames.filter((name) => name !== lacked);
      const { refused } = await answersTo(await operatorWith(service, ...rest));
      expect(refused.sort()).toEqual(routesFor([lacked]).sort());
    },
  );

  it("opens nothing to the role user, all to admin, and to auditor what only reads", async () => {
    expect((await answersTo(await service.signUp())).passed).toEqual([]);
    expect((await answersTo(await makeAdmin(service))).refused).toEqual([]);
    const auditor = await service.signUp();
    await service.database.query("insert into auth.user_roles values ($1, 'auditor')", [auditor.user.id]);
    const { passed } = await answersTo(auditor);
    expect(passed.length).toBeGreaterThan(5);
    expect(passed.filter((name) => !name.startsWith("GET "))).toEqual([]);
  });

  it("shuts on the very next request after a demotion, of the user or of the role", async () => {
    const admin = await makeAdmin(service);
    const operator = await operatorWith(service, "users:read");
    const name = (
      await service.database.query<{ role: string }>(
        "select role from auth.user_roles where user_id = $1 and role <> 'user'",
        [operator.user.id],
      )
    )[0]?.role;
    const list = async () =>
      (await service.call("GET", "admin/users", { token: operator.access_token })).status;
    const token = admin.access_token;
    expect(await list()).toBe(200);
    await service.call("PATCH", `admin/roles/${name}`, { token, json: { permissions: [] } });
    expect(await list()).toBe(403);
    await service.call("PATCH", `admin/roles/${name}`, { token, json: { permissions: ["users:read"] } });
    expect(await list()).toBe(200);
    await service.call("PUT", `admin/users/${operator.user.id}/roles`, { token, json: { roles: ["user"] } });
    expect(await list()).toBe(403);
  });
});

describe("a route for operators that declares no permission", () => {
  type Router = ReturnType<typeof createRouter>;
  it.each<[string, (router: Router) => unknown]>([
    ["a method", (router) => router.get("/admin/planted/:id", (c) => c.text("open"))],
    ["every method", (router) => router.all("/admin/planted/:id", (c) => c.text("open"))],
    ["a middleware", (router) => router.use("/admin/planted/1", async (c) => c.text("open"))],
  ])("is shut to everyone, an admin too: one for %s", async (_, plant) => {
    const app = createApp(service.deps);
    const router = createRouter();
    plant(router); // the defect: mounted, and not secured
    app.route("/api/v1", router);
    const client = createClient((request, ip) => app.fetch(request, { remoteAddress: ip }));
    const { access_token: token } = await makeAdmin(service);
    for (const options of [{}, { token }]) {
      const { status, body } = await client.call("GET", "admin/planted/1", options);
      expect([status, body.code]).toEqual([403, "not_allowed"]);
    }
    expect((await client.call("GET", "admin/roles", { token })).status).toBe(200);
    expect((await client.call("GET", "admin/nowhere", { token })).status).toBe(404);
  });
});
