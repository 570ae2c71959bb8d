import { beforeAll, describe, expect, it } from "vitest";
import { type Account, freshEmail, goodPassword } from "./support/client.ts";
import { type Exchange, factorExchanges } from "./support/factor-exchanges.ts";
import { halfSignIn } from "./support/factors.ts";
import { machineExchanges } from "./support/machine-exchanges.ts";
import { passkeysOf } from "./support/passkeys.ts";
import { useService } from "./support/service.ts";
import { useStatementCounter } from "./support/statement-counter.ts";

const service = useService({ THROTTLE: "off" });

let admin: Account;
let user: Account;

const bearer = () => ({ token: user.access_token });
const operator = () => ({ token: admin.access_token });
const asked = () => ({ json: { email: user.email } });
const tokenOf = async (template: string) => (await service.mailTo(user.email, template)).token;
const onUser = (route: string) => () => route.replace("{id}", user.user.id);
const freshRole = () => `role-${crypto.randomUUID()}`;
const free = { budget: 0, options: () => ({}), status: 200 };

/** Statements each route may cost, counted on the wire. A new route must be declared here. */
const routes: Record<string, Exchange> = {
  ...factorExchanges(service, () => user),
  ...machineExchanges(service, { admin: () => admin, user: () => user }),
  "get /health/live": free,
  "get /health/ready": { ...free, budget: 1 },
  "get /version": free,
  "get /.well-known/jwks.json": free,
  "get /api/v1/auth/password-policy": free,
  "post /api/v1/auth/signup": {
    budget: 2,
    options: () => ({ json: { email: freshEmail(), password: goodPassword } }),
    status: 201,
  },
  "post /api/v1/auth/login": {
    budget: 2,
    options: () => ({ json: { email: user.email, password: goodPassword } }),
    status: 200,
  },
  "post /api/v1/auth/refresh": {
    budget: 1,
    options: () => ({ json: { refresh_token: user.refresh_token } }),
    status: 200,
  },
  "post /api/v1/auth/logout": {
    budget: 1,
    options: () => ({ json: { refresh_token: user.refresh_token } }),
    status: 204,
  },
  "post /api/v1/auth/logout-all": { budget: 1, options: bearer, status: 204 },
  "post /api/v1/auth/email/verification": { budget: 1, options: asked, status: 202 },
  "post /api/v1/auth/email/verify": {
    budget: 2,
    options: async () => ({ ...bearer(), json: { token: await tokenOf("verify_email") } }),
    status: 200,
  },
  "post /api/v1/auth/password/forgot": { budget: 1, options: asked, status: 202 },
  "post /api/v1/auth/password/reset": {
    budget: 2,
    options: async () => {
      await service.call("POST", "auth/password/forgot", asked());
      return { json: { token: await tokenOf("password_reset"), new_password: "Another-horse-8" } };
    },
    status: 204,
  },
  "post /api/v1/auth/magic-link": { budget: 1, options: asked, status: 202 },
  "post /api/v1/auth/magic-link/verify": {
    budget: 2,
    options: async () => {
      const { body } = await service.call("POST", "auth/magic-link", asked());
      return { json: { flow_id: body.flow_id, token: await tokenOf("magic_link") } };
    },
    status: 200,
  },
  "post /api/v1/users/me/email": {
    budget: 2,
    options: () => ({ ...bearer(), json: { new_email: freshEmail(), password: goodPassword } }),
    status: 202,
  },
  "get /api/v1/users/me/export": { budget: 1, options: bearer, status: 200 },
  "delete /api/v1/users/me": { budget: 1, options: bearer, status: 204 },
  "post /api/v1/admin/invitations": {
    budget: 1,
    options: () => ({ ...operator(), json: { email: freshEmail() } }),
    status: 201,
  },
  "get /api/v1/admin/outbox": { budget: 1, options: operator, status: 200 },
  "post /api/v1/admin/outbox/{id}/requeue": {
    budget: 1,
    path: () => `/api/v1/admin/outbox/${crypto.randomUUID()}/requeue`,
    options: operator,
    status: 404,
  },
  "post /api/v1/admin/users": {
    budget: 1,
    options: () => ({ ...operator(), json: { email: freshEmail() } }),
    status: 201,
  },
  "patch /api/v1/admin/users/{id}": {
    budget: 1,
    options: () => ({ ...operator(), json: { name: "Grace", email: freshEmail() } }),
    status: 200,
  },
  "delete /api/v1/admin/users/{id}": { budget: 1, options: operator, status: 204 },
  "post /api/v1/admin/users/{id}/password-reset": { budget: 1, options: operator, status: 202 },
  "post /api/v1/admin/users/{id}/impersonate": {
    budget: 1,
    options: () => ({ ...operator(), json: { reason: "Ticket 4711" } }),
    status: 200,
  },
  "get /api/v1/admin/roles": { budget: 1, options: operator, status: 200 },
  "get /api/v1/admin/permissions": { budget: 1, options: operator, status: 200 },
  "post /api/v1/admin/roles": {
    budget: 1,
    options: () => ({ ...operator(), json: { name: freshRole(), permissions: ["users:read"] } }),
    status: 201,
  },
  "patch /api/v1/admin/roles/{name}": {
    budget: 1,
    path: () => "/api/v1/admin/roles/auditor",
    options: () => ({ ...operator(), json: { permissions: ["users:read"] } }),
    status: 200,
  },
  "delete /api/v1/admin/roles/{name}": {
    budget: 1,
    path: () => "/api/v1/admin/roles/auditor",
    options: operator,
    status: 204,
  },
  "get /dev/mail": { ...free, budget: 1 },
  "post /dev/outbox/drain": { ...free, budget: 2 },
  // Mail, eleven tables, what there is to seal, months to make, months to drop.
  "post /dev/cron": { ...free, budget: 15 },
  "get /api/v1/users/me": { budget: 1, options: bearer, status: 200 },
  "patch /api/v1/users/me": {
    budget: 1,
    options: () => ({ ...bearer(), json: { name: "Ada" } }),
    status: 200,
  },
  "post /api/v1/users/me/password": {
    budget: 2,
    options: () => ({
      ...bearer(),
      json: { current_password: goodPassword, new_password: "Another-horse-8" },
    }),
    status: 204,
  },
  "get /api/v1/users/me/sessions": { budget: 1, options: bearer, status: 200 },
  "delete /api/v1/users/me/sessions": { budget: 1, options: bearer, status: 204 },
  "delete /api/v1/users/me/sessions/{id}": {
    budget: 1,
    path: () => `/api/v1/users/me/sessions/${crypto.randomUUID()}`,
    options: bearer,
    status: 404,
  },
  "get /api/v1/admin/users": { budget: 1, options: operator, status: 200 },
  // One for each thousand users.
  "get /api/v1/admin/users/export": { budget: 1, options: operator, status: 200 },
  "get /api/v1/admin/users/{id}": { budget: 1, options: operator, status: 200 },
  "put /api/v1/admin/users/{id}/roles": {
    budget: 1,
    options: () => ({ ...operator(), json: { roles: ["user"] } }),
    status: 200,
  },
  "post /api/v1/admin/users/{id}/suspend": { budget: 1, options: operator, status: 200 },
  "post /api/v1/admin/users/{id}/reinstate": { budget: 1, options: operator, status: 200 },
  "get /api/v1/admin/users/{id}/sessions": { budget: 1, options: operator, status: 200 },
  "get /api/v1/admin/audit-events": { budget: 1, options: operator, status: 200 },
  // One for each 1,000 events.
  "get /api/v1/admin/audit-events/export": { budget: 1, options: operator, status: 200 },
  "get /api/v1/admin/stats": { budget: 1, options: operator, status: 200 },
  // One before the first line is read, then one for each 500 lines.
  "post /api/v1/admin/users/import": {
    budget: 2,
    options: () => ({
      ...operator(),
      raw: JSON.stringify({ email: freshEmail() }),
      headers: { "content-type": "application/x-ndjson" },
    }),
    status: 200,
  },
  "delete /api/v1/admin/users/{id}/mfa": { budget: 1, options: operator, status: 204 },
  "delete /api/v1/admin/users/{id}/sessions": { budget: 1, options: operator, status: 204 },
};

const countedByPostgres = useStatementCounter(() => service.database);

/** Statements that went over the wire meanwhile, and that PostgreSQL says it ran, which have to be as many. */
async function countStatements(work: () => Promise<unknown>): Promise<number> {
  const [before, runBefore] = [service.statements.length, await countedByPostgres()];
  await work();
  const counted = service.statements.length - before;
  const run = await countedByPostgres();
  if (run !== undefined) expect(run - (runBefore ?? 0)).toBe(counted);
  return counted;
}

beforeAll(async () => {
  admin = await service.signUp();
  await service.database.query("insert into auth.user_roles values ($1, 'admin')", [admin.user.id]);
});

describe("statements per request", () => {
  it("declares a budget for every route of the OpenAPI document, and for no other", async () => {
    const { body } = await service.call<{ paths: Record<string, object> }>("GET", "/openapi.json");
    const documented = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(documented.sort()).toEqual(Object.keys(routes).sort());
  });

  it.each(Object.entries(routes))(
    "%s stays in its budget",
    async (name, { budget, path, options, status }) => {
      user = await service.signUp();
      await service.call("POST", "/dev/outbox/drain");
      const [method = "", route = ""] = name.split(" ");
      const sent = await options();
      const url = path?.() ?? onUser(route)();
      let answered = 0;
      const counted = await countStatements(async () => {
        answered = (await service.call(method.toUpperCase(), url, sent)).status;
      });
      expect([answered, counted]).toEqual([status, budget]);
    },
  );

  it("spends one on the options of a passkey for a known user", async () => {
    user = await service.signUp();
    await passkeysOf(service).enrol(user.access_token);
    const mfa_token = await halfSignIn(service, user);
    for (const sent of [{ json: { mfa_token } }, bearer()]) {
      let status = 0;
      const counted = await countStatements(async () => {
        status = (await service.call("POST", "auth/passkey/options", sent)).status;
      });
      expect([status, counted]).toEqual([200, 1]);
    }
  });

  it("spends nothing on a token that is forged, expired or of another kind", async () => {
    user = await service.signUp();
    const forged = `${user.access_token.slice(0, -8)}AAAAAAAA`;
    const spent = await countStatements(async () => {
      for (const token of [forged, user.refresh_token, "a.b.c"]) {
        expect((await service.call("GET", "users/me", { token })).status).toBe(401);
      }
      expect((await service.refresh(user.access_token)).status).toBe(401);
      expect((await service.refresh(`${user.refresh_token.slice(0, -8)}AAAAAAAA`)).status).toBe(401);
    });
    service.advance(8 * 86_400);
    const late = await countStatements(async () => {
      expect((await service.call("GET", "users/me", { token: user.access_token })).status).toBe(401);
      expect((await service.refresh(user.refresh_token)).status).toBe(401);
    });
    expect([spent, late]).toEqual([0, 0]);
  });

  it("would notice one statement more", async () => {
    user = await service.signUp();
    const { execute } = service.deps.db;
    // The planted defect: a read before each statement, as an unwary hand would add.
    service.deps.db.execute = async (statement) => {
      await execute.call(service.deps.db, "select 1" as never);
      return execute.call(service.deps.db, statement) as never;
    };
    const counted = await countStatements(() => service.call("GET", "users/me", bearer()));
    service.deps.db.execute = execute;
    expect(counted).not.toBe(routes["get /api/v1/users/me"]?.budget);
  });
});
