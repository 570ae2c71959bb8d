import { type Creation, createAuthenticator, type Request } from "./authenticator.ts";
import type { Client, Reply, Tokens } from "./client.ts";

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
