import type { Account, Client, Reply } from "./client.ts";

export type Registered = { client_id: string; client_secret: string; secrets: { id: string }[] };

/** A machine client that `admin` registers. */
export async function registerClient(
  { call }: Pick<Client, "call">,
  admin: Account,
  overrides: Record<string, unknown> = {},
): Promise<Registered> {
  const json = { name: "Billing", auth_method: "client_secret_basic", scopes: [], ...overrides };
  const { status, body, text } = await call("POST", "admin/clients", {
    token: admin.access_token,
    json,
  });
  if (status !== 201) throw new Error(`registering a client answered ${status}: ${text}`);
  return body as Registered;
}

/** RFC 6749 §2.3.1. */
export function basic({ client_id: id, client_secret: secret }: Registered): Record<string, string> {
  const encoded = [id, secret].map(encodeURIComponent).join(":");
  return { authorization: `Basic ${btoa(encoded)}` };
}

/** A token of a client by its secret. */
export async function clientToken(
  { call }: Pick<Client, "call">,
  client: Registered,
  params: Record<string, string> = {},
): Promise<string> {
  const { status, body, text } = await call("POST", "/oauth/token", {
    headers: basic(client),
    form: { grant_type: "client_credentials", ...params },
  });
  if (status !== 200) throw new Error(`/oauth/token answered ${status}: ${text}`);
  return String(body.access_token);
}

/** An API key that an account makes for itself. */
export async function createKey(
  { call }: Pick<Client, "call">,
  account: Account,
  overrides: Record<string, unknown> = {},
): Promise<{ id: string; key: string; prefix: string }> {
  const { status, body, text } = await call("POST", "users/me/api-keys", {
    token: account.access_token,
    json: { name: "Nightly", scopes: [], ...overrides },
  });
  if (status !== 201) throw new Error(`making a key answered ${status}: ${text}`);
  return body as { id: string; key: string; prefix: string };
}

/** Asks for a token for an API key (RFC 8693). */
export function exchangeKey(
  { call }: Pick<Client, "call">,
  key: string,
  params: Record<string, string> = {},
): Promise<Reply<{ access_token: string; error?: string; expires_in: number }>> {
  return call("POST", "/oauth/token", {
    form: {
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      subject_token: key,
      subject_token_type: "urn:gatehouse:token-type:api_key",
      ...params,
    },
  });
}
