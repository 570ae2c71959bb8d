import { type Creation, createAuthenticator, type Request, type Twist } from "./authenticator.ts";
import type { Account, Client, Reply, Tokens } from "./client.ts";
import type { Service } from "./service.ts";

type Authenticator = ReturnType<typeof createAuthenticator>;

export type Passkey = { id: string; name: string; last_used_at: string | null };
type Flow = { flow_id: string; expires_in: number };
export type CreationOptions = Creation & Flow & { excludeCredentials: { id: string }[] };
export type RequestOptions = Request & Flow & { allowCredentials?: { id: string }[] };

/** The ceremonies over HTTP, step by step. */
export function passkeysOf(client: Pick<Client, "call">) {
  const post = <T>(path: string, json: unknown, token?: string) =>
    client.call<T>("POST", path, { ...(json !== undefined && { json }), token });

  async function creationOptions(token: string): Promise<CreationOptions> {
    const reply = await post<CreationOptions>("users/me/passkeys/options", undefined, token);
    if (reply.status !== 200) throw new Error(`options answered ${reply.status}: ${reply.text}`);
    return reply.body;
  }

  /** To sign in; with `about`, as a second factor or to authenticate again. */
  async function requestOptions(about: { mfa_token?: string; token?: string } = {}): Promise<RequestOptions> {
    const { token, ...json } = about;
    const reply = await post<RequestOptions>("auth/passkey/options", json, token);
    if (reply.status !== 200) throw new Error(`options answered ${reply.status}: ${reply.text}`);
    return reply.body;
  }

  const submit = (token: string, flow_id: string, credential: object, name?: string) =>
    post<Passkey & { code?: string }>("users/me/passkeys", { flow_id, credential, name }, token);

  const signIn = (flow_id: string, credential: object): Promise<Reply<Tokens & { code?: string }>> =>
    post("auth/passkey", { flow_id, credential });

  /** An authenticator with a passkey of the account whose token it is. */
  async function enrol(token: string, kind: Parameters<typeof createAuthenticator>[0] = {}) {
    const authenticator = createAuthenticator(kind);
    const options = await creationOptions(token);
    const reply = await submit(token, options.flow_id, authenticator.register(options));
    if (reply.status !== 201) throw new Error(`registration answered ${reply.status}: ${reply.text}`);
    return { authenticator, passkey: reply.body };
  }

  return { creationOptions, requestOptions, submit, signIn, enrol };
}

/** The same on the service of a test, and what became of it. */
export function passkeysIn(service: Service) {
  const ceremonies = passkeysOf({ call: (...args) => service.call(...args) });
  const query = <T extends object>(text: string, values: unknown[]) =>
    service.database.query<T>(text, values);

  const change = (method: string, id: string, token: string, json?: unknown) =>
    service.call(method, `users/me/passkeys/${id}`, { token, ...(json !== undefined && { json }) });

  async function signInBy(authenticator: Authenticator, twist: Twist = {}) {
    const options = await ceremonies.requestOptions();
    return ceremonies.signIn(options.flow_id, authenticator.assert(options, twist));
  }

  /** The user's own count. */
  async function countOf({ user }: Account) {
    const sql = "select passkeys from auth.users where id = $1";
    return (await query<{ passkeys: number }>(sql, [user.id]))[0]?.passkeys;
  }

  async function eventsOf({ user }: Account, prefix: string) {
    const sql =
      "select action from auth.audit_events where subject_id = $1 and action like $2 order by occurred_at";
    return (await query<{ action: string }>(sql, [user.id, `${prefix}%`])).map(({ action }) => action);
  }

  /** The token of the second step, for the right password. */
  async function firstStep({ email, password }: Account): Promise<string> {
    const reply = await service.logIn(email, password);
    const { mfa_token: mfaToken, methods } = reply.body as unknown as {
      mfa_token: string;
      methods: string[];
    };
    if (reply.status !== 403 || !methods.includes("passkey")) throw new Error(`login answered ${reply.text}`);
    return mfaToken;
  }

  return { ...ceremonies, change, signInBy, countOf, eventsOf, firstStep };
}
