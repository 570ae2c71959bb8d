import { type Account, freshEmail, goodPassword } from "./client.ts";
import { type Exchange, factorExchanges } from "./factor-exchanges.ts";
import { machineExchanges } from "./machine-exchanges.ts";
import type { Service } from "./service.ts";

/** Statements each route may cost, counted on the wire, and how it is asked. A new route must be declared here. */
export function exchanges(
  service: Service,
  { admin, user }: { admin: () => Account; user: () => Account },
): Record<string, Exchange> {
  const bearer = () => ({ token: user().access_token });
  const operator = () => ({ token: admin().access_token });
  const asked = () => ({ json: { email: user().email } });
  const tokenOf = async (template: string) => (await service.mailTo(user().email, template)).token;
  const freshRole = () => `role-${crypto.randomUUID()}`;
  let role = "";
  const onRole = {
    path: () => `/api/v1/admin/roles/${role}`,
    options: async () => {
      role = freshRole();
      const made = await service.call("POST", "admin/roles", {
        ...operator(),
        json: { name: role, permissions: [] },
      });
      if (made.status !== 201) throw new Error(`no role was made: ${made.status} ${made.text}`);
      return operator();
    },
  };
  const free = { budget: 0, options: () => ({}), status: 200 };

  return {
    ...factorExchanges(service, user),
    ...machineExchanges(service, { admin, user }),
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
      options: () => ({ json: { email: user().email, password: goodPassword } }),
      status: 200,
    },
    "post /api/v1/auth/refresh": {
      budget: 1,
      options: () => ({ json: { refresh_token: user().refresh_token } }),
      status: 200,
    },
    "post /api/v1/auth/logout": {
      budget: 1,
      options: () => ({ json: { refresh_token: user().refresh_token } }),
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
      ...onRole,
      options: async () => ({ ...(await onRole.options()), json: { permissions: ["users:read"] } }),
      status: 200,
    },
    "delete /api/v1/admin/roles/{name}": { budget: 1, ...onRole, status: 204 },
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
}

/** What asks one of them, once; a route with an id in its path is asked about the user. */
export async function prepare(service: Service, [name, exchange]: [string, Exchange], user: Account) {
  const [method = "", route = ""] = name.split(" ");
  const sent = await exchange.options(); // may make what the path is of
  const url = exchange.path?.() ?? route.replace("{id}", user.user.id);
  return { sent, ask: () => service.call(method.toUpperCase(), url, sent) };
}
