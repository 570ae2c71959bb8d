import type { Account } from "./client.ts";
import type { Exchange } from "./factor-exchanges.ts";
import { basic, clientToken, createKey, registerClient } from "./machines.ts";
import type { Service } from "./service.ts";

/** The routes of machine clients and API keys, asked as the admin and the user at hand. */
export function machineExchanges(
  service: Service,
  { admin, user }: { admin: () => Account; user: () => Account },
): Record<string, Exchange> {
  const bearer = () => ({ token: user().access_token });
  const operator = () => ({ token: admin().access_token });
  const nothing = crypto.randomUUID();
  let made = "";
  const register = async () => {
    const client = await registerClient(service, admin());
    made = client.client_id;
    return client;
  };
  const onClient = (suffix = "") => ({
    path: () => `/api/v1/admin/clients/${made}${suffix}`,
    options: async () => {
      await register();
      return operator();
    },
  });
  const withToken = async () => {
    const client = await register();
    return { headers: basic(client), form: { token: await clientToken(service, client) } };
  };
  return {
    "get /api/v1/admin/clients": { budget: 1, options: operator, status: 200 },
    "post /api/v1/admin/clients": {
      budget: 1,
      options: () => ({
        ...operator(),
        json: { name: "Billing", auth_method: "client_secret_post", scopes: [] },
      }),
      status: 201,
    },
    "get /api/v1/admin/clients/{id}": { budget: 1, ...onClient(), status: 200 },
    "patch /api/v1/admin/clients/{id}": {
      budget: 1,
      path: onClient().path,
      options: async () => ({ ...(await onClient().options()), json: { name: "Shipping" } }),
      status: 200,
    },
    "delete /api/v1/admin/clients/{id}": { budget: 1, ...onClient(), status: 204 },
    "post /api/v1/admin/clients/{id}/secrets": { budget: 1, ...onClient("/secrets"), status: 201 },
    "delete /api/v1/admin/clients/{id}/secrets/{secret_id}": {
      budget: 1,
      ...onClient(`/secrets/${nothing}`),
      status: 404,
    },
    "get /api/v1/users/me/api-keys": { budget: 1, options: bearer, status: 200 },
    "post /api/v1/users/me/api-keys": {
      budget: 1,
      options: () => ({ ...bearer(), json: { name: "Nightly", scopes: [] } }),
      status: 201,
    },
    "post /api/v1/users/me/api-keys/{id}/rotate": {
      budget: 1,
      path: () => `/api/v1/users/me/api-keys/${made}/rotate`,
      options: async () => {
        made = (await createKey(service, user())).id;
        return { ...bearer(), json: {} };
      },
      status: 201,
    },
    "delete /api/v1/users/me/api-keys/{id}": {
      budget: 1,
      path: () => `/api/v1/users/me/api-keys/${made}`,
      options: async () => {
        made = (await createKey(service, user())).id;
        return bearer();
      },
      status: 204,
    },
    "post /oauth/token": {
      budget: 1,
      options: async () => ({
        headers: basic(await register()),
        form: { grant_type: "client_credentials" },
      }),
      status: 200,
    },
    "post /oauth/introspect": { budget: 1, options: withToken, status: 200 },
    "post /oauth/revoke": { budget: 1, options: withToken, status: 200 },
    "get /.well-known/oauth-authorization-server": { budget: 0, options: () => ({}), status: 200 },
    // In ten seconds, however many ask.
    "get /.well-known/revocations": { budget: 1, options: () => ({}), status: 200 },
  };
}
