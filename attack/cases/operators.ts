import { randomBytes } from "node:crypto";
import type { Attack, Trial } from "../attack.ts";
import { refused } from "../refused.ts";

type Operation = { method: string; path: string; route: string };

const nobody = "0199a1b2-0000-7000-8000-000000000000";

/** Bodies that are right, so that only the permission is missing; of other routes an empty one is. */
const bodies: Record<string, object> = {
  "POST /api/v1/admin/users": { email: "attack@example.com" },
  "POST /api/v1/admin/invitations": { email: "attack@example.com" },
  "PUT /api/v1/admin/users/{id}/roles": { roles: ["user"] },
  "POST /api/v1/admin/users/{id}/impersonate": { reason: "attacked" },
  "POST /api/v1/admin/roles": { name: "attacked", permissions: [] },
  "POST /api/v1/admin/clients": { name: "attacked", auth_method: "client_secret_basic", scopes: [] },
};

/** Every route of operators, as the service itself lists them. */
async function operatorRoutes({ call }: Trial): Promise<Operation[]> {
  const { body } = await call<{ paths: Record<string, Record<string, object>> }>("GET", "/openapi.json");
  const routes = Object.entries(body.paths).flatMap(([route, methods]) =>
    Object.keys(methods).map((method) => ({
      method: method.toUpperCase(),
      route,
      path: route.replace(/\{\w+\}/g, nobody),
    })),
  );
  const found = routes.filter(({ route }) => route.startsWith("/api/v1/admin/"));
  if (found.length < 10) throw new Error("the OpenAPI document lists no routes of operators");
  return found;
}

const profileOf = async ({ call }: Trial, token: string) =>
  (
    await call<{ id: string; roles: string[]; email_verified: boolean; status: string }>("GET", "users/me", {
      token,
    })
  ).body;

/** @public */
export const operators: Attack[] = [
  {
    id: "admin/without-permission",
    what: "Every route of operators, asked by a stranger and by a user",
    precedent: "better-auth CVE-2025-61928; authentik CVE-2026-25227",
    run: async (trial) => {
      const { access_token: token } = await trial.a.tokens();
      for (const { method, path, route } of await operatorRoutes(trial)) {
        const sent = bodyFor(method, route);
        const bare = await trial.call(method, path, sent);
        const user = await trial.call(method, path, { ...sent, token });
        trial.expect(bare.status === 401, `${method} ${route} by a stranger: ${bare.status}`);
        trial.expect(user.status === 403, `${method} ${route} by a user: ${user.status}`);
        trial.tried(2);
      }
    },
  },
  {
    id: "admin/self-promotion",
    what: "Roles, status or a verified address that a user gives themselves, at sign-up and later",
    precedent: "GitHub and Rails 2012; Zitadel CVE-2026-27946; better-auth CVE-2025-61928",
    run: async (trial) => {
      const { access_token: token } = await trial.a.tokens();
      const before = await profileOf(trial, token);
      const fields = [
        { roles: ["admin"] },
        { role: "admin" },
        { is_admin: true },
        { email_verified: true },
        { status: "active" },
        { app_metadata: { role: "admin" } },
        { permissions: ["users:read"] },
        { id: nobody },
        { external_id: "x" },
      ];
      for (const json of fields) {
        const { status } = await trial.call("PATCH", "users/me", { token, json });
        trial.expect(status === 422, `PATCH ${JSON.stringify(json)}: ${status}`);
        trial.tried(1);
      }
      const put = await trial.call("PUT", `admin/users/${before.id}/roles`, {
        token,
        json: { roles: ["admin"] },
      });
      trial.expect(put.status === 403, `PUT roles: ${put.status}`);
      const after = await profileOf(trial, token);
      trial.expect(
        JSON.stringify([after.roles, after.email_verified, after.id]) ===
          JSON.stringify([before.roles, before.email_verified, before.id]),
        "the profile changed",
      );
      const email = `attack-${Date.now()}@example.com`;
      const extra = {
        roles: ["admin"],
        role: "admin",
        is_admin: 1,
        id: nobody,
        email_verified: true,
        status: "active",
        app_metadata: { a: 1 },
        permissions: ["users:read"],
      };
      const password = `Aa1-${randomBytes(12).toString("hex")}`;
      const made = await trial.call<{
        access_token?: string;
        user?: { id: string; roles: string[]; email_verified: boolean };
      }>("POST", "auth/signup", { json: { email, password, ...extra } });
      const user = made.body.user;
      if (!user) return; // a service that is closed, or verifies first, makes none
      trial.expect(!user.roles.includes("admin"), `signed up with the roles ${user.roles}`);
      trial.expect(
        !user.email_verified && user.id !== nobody,
        "signed up with an id or a verified address of one's own",
      );
    },
  },
  {
    id: "admin/prototype-pollution",
    what: "A prototype that is sent along, for the next request to inherit",
    precedent: "ASVS V15.3.6",
    run: async (trial) => {
      const { access_token: token } = await trial.a.tokens();
      const raw =
        '{"__proto__":{"roles":["admin"],"permission":"self"},"constructor":{"prototype":{"isAdmin":true}},"name":"x"}';
      await trial.call("PATCH", "users/me", { token, raw, headers: { "content-type": "application/json" } });
      await trial.call("PATCH", "users/me", {
        token,
        json: { metadata: JSON.parse('{"__proto__":{"polluted":true}}') },
      });
      const { body } = await trial.call<Record<string, unknown>>("GET", "users/me", { token });
      trial.expect(
        JSON.stringify(body.roles) === JSON.stringify(["user"]) ||
          !(body.roles as string[]).includes("admin"),
        "roles were inherited",
      );
      const { status } = await trial.call("GET", "admin/users", { token });
      trial.expect(status === 403, `an operator's route: ${status}`);
    },
  },
  {
    id: "admin/after-demotion",
    what: "An operator's token after the role was taken away",
    precedent: "better-auth GHSA-2vg6-77g8-24mp",
    needs: ["admin"],
    run: async (trial) => {
      const { access_token: token } = await trial.a.signIn();
      const { id, roles } = await profileOf(trial, token);
      const setRoles = (next: string[]) =>
        trial.call("PUT", `admin/users/${id}/roles`, { token: trial.admin, json: { roles: next } });
      const given = await setRoles([...roles, "auditor"]);
      if (given.status !== 200) throw refused("the role was not given", given);
      const operator = (await trial.a.signIn()).access_token;
      const during = await trial.call("GET", "admin/audit-events", { token: operator });
      await setRoles(roles);
      const after = await trial.call("GET", "admin/audit-events", { token: operator });
      if (during.status !== 200) throw refused("with the role", during);
      trial.expect(after.status === 401 || after.status === 403, `after it: ${after.status}`);
    },
  },
  {
    id: "admin/after-suspension",
    what: "The tokens of an account that was suspended, and its sign-in",
    precedent: "better-auth GHSA-2vg6-77g8-24mp",
    needs: ["admin"],
    run: async (trial) => {
      const { access_token: token, refresh_token } = await trial.a.signIn();
      const { id } = await profileOf(trial, token);
      const change = (act: string) =>
        trial.call("POST", `admin/users/${id}/${act}`, {
          token: trial.admin,
          json: act === "suspend" ? { reason: "attacked" } : {},
        });
      const done = await change("suspend");
      if (done.status !== 200) throw refused("not suspended", done);
      const own = await trial.call("GET", "users/me", { token });
      const refreshed = await trial.call("POST", "auth/refresh", { json: { refresh_token } });
      const login = await trial.call("POST", "auth/login", {
        json: { email: trial.a.email, password: trial.a.password },
      });
      await change("reinstate");
      trial.expect(own.status === 401 || own.status === 403, `its access token: ${own.status}`);
      trial.expect(
        refreshed.status === 401 || refreshed.status === 403,
        `its refresh token: ${refreshed.status}`,
      );
      trial.expect(login.status === 403, `its password: ${login.status}`);
    },
  },
  {
    id: "client/other-tokens",
    what: "A machine client that asks about, or ends, the tokens of another, and asks for more than it was given",
    precedent: "RFC 7662 §4; RFC 7009 §2.1; better-auth GHSA-p2fr-6hmx-4528",
    needs: ["admin"],
    run: async (trial) => {
      type Made = { client_id: string; client_secret: string };
      const register = async (name: string) => {
        const json = { name: `${name}-${Date.now()}`, auth_method: "client_secret_post", scopes: [] };
        const made = await trial.call<Made>("POST", "admin/clients", { token: trial.admin, json });
        if (made.status !== 201) throw refused("no client was made", made);
        return made.body;
      };
      const [owner, thief] = [await register("attack-owner"), await register("attack-thief")];
      const post = (path: string, { client_id, client_secret }: Made, form: Record<string, string>) =>
        trial.call<{ access_token: string; active: boolean }>("POST", path, {
          form: { client_id, client_secret, ...form },
        });
      try {
        const { access_token: token } = (
          await post("/oauth/token", owner, { grant_type: "client_credentials" })
        ).body;
        if (!token) throw new Error("the client gets no token");
        const seen = await post("/oauth/introspect", thief, { token });
        trial.expect(seen.body.active !== true, "introspection tells of another's token");
        await post("/oauth/revoke", thief, { token });
        const still = await post("/oauth/introspect", owner, { token });
        trial.expect(still.body.active === true, "another ended the token");
        const wider = await post("/oauth/token", owner, {
          grant_type: "client_credentials",
          scope: "users:read",
        });
        trial.expect(wider.status === 400, `more scope: ${wider.status}`);
        const mixed = await post(
          "/oauth/token",
          { ...owner, client_secret: thief.client_secret },
          { grant_type: "client_credentials" },
        );
        trial.expect(mixed.status === 401, `the secret of another: ${mixed.status}`);
        const twice = await trial.call("POST", "/oauth/token", {
          form: {
            grant_type: "client_credentials",
            client_id: owner.client_id,
            client_secret: owner.client_secret,
          },
          headers: {
            authorization: `Basic ${Buffer.from(`${owner.client_id}:${owner.client_secret}`).toString("base64")}`,
          },
        });
        trial.expect(twice.status === 400 || twice.status === 401, `two ways at once: ${twice.status}`);
      } finally {
        for (const { client_id } of [owner, thief]) {
          await trial.call("DELETE", `admin/clients/${client_id}`, { token: trial.admin });
        }
      }
    },
  },
];

function bodyFor(method: string, route: string) {
  if (method === "GET" || method === "DELETE") return {};
  if (route.endsWith("/import")) return { raw: "{}", headers: { "content-type": "application/x-ndjson" } };
  return { json: bodies[`${method} ${route}`] ?? {} };
}
