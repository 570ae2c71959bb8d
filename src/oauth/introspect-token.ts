import { introspectionScope } from "../client/client.ts";
import { proveClient } from "../client/prove-client.ts";
import { OAuthError } from "../oauth-error.ts";
import type { Deps } from "../ports.ts";
import { type PresentedToken, readPresentedToken } from "./presented-token.ts";
import { type Liveness, type ProvenClient, readLiveness } from "./queries.ts";

/** RFC 7662 §2.2. Of a token that is not good, or none of the client's business, it says nothing else. */
export type Introspection = { active: false } | ({ active: true } & Record<string, unknown>);

type Presented = Parameters<typeof proveClient>[1];

/**
 * Tells a client whether a token is good now: its own; users' tokens and API keys for an audience it is registered for; and
 * with the scope `tokens:introspect` those that other clients have for one. Scope and roles are those that count now.
 * @throws OAuthError `invalid_client`, `invalid_request`.
 */
export async function introspectToken(
  deps: Pick<Deps, "config" | "clock" | "keys" | "db">,
  presented: Presented,
  text: string,
): Promise<Introspection> {
  const proof = await proveClient(deps, presented);
  const token = await readPresentedToken(deps, text);
  const found = await readLiveness(deps, proof, token);
  if (!found.client) throw new OAuthError("invalid_client");
  if (!token || !found.live || !mayKnow(found.client, token)) return { active: false };
  return { active: true, ...describe(deps, token, found) };
}

/** RFC 7662 §4: what one client has is not for another, unless it is one the token is shown to. */
function mayKnow(client: ProvenClient, { bearer, audience }: PresentedToken): boolean {
  const isOfClient = bearer.machine?.kind === "client_credentials";
  if (isOfClient && bearer.userId === client.id) return true;
  if (isOfClient && !client.scopes.includes(introspectionScope)) return false;
  return client.audiences.includes(audience);
}

function describe(
  { config }: Pick<Deps, "config">,
  token: PresentedToken,
  { scopes, roles, key }: Liveness,
): Record<string, unknown> {
  const scope = (scopes ?? []).join(" ");
  if (token.kind === "access") {
    const { payload, bearer } = token;
    // Of who acts as the user the token says what was granted: nothing, and roles cut to the operator's.
    const said = bearer.impersonator
      ? {}
      : { ...("scope" in payload && { scope }), ...("roles" in payload && { roles }) };
    return { ...payload, ...said, token_type: "Bearer" };
  }
  if (token.kind === "refresh") {
    const { iss, aud, sub, sid, iat, exp } = token.payload;
    return { iss, aud, sub, sid, client_id: config.clientId, iat, exp };
  }
  return {
    iss: config.issuer,
    sub: token.bearer.userId,
    sid: token.bearer.sessionId,
    client_id: config.clientId,
    gty: "api_key",
    scope,
    iat: key?.created,
    ...(key?.expires != null && { exp: key.expires }),
  };
}
