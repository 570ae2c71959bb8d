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
 * Tells a client whether a token is good now: users' tokens and API keys, its own, and with the scope `tokens:introspect`
 * those that other clients have for an audience it is registered for.
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

/** RFC 7662 §4: what one client has is not for another, unless it is the one the token is shown to. */
function mayKnow(client: ProvenClient, { actor, ...token }: PresentedToken): boolean {
  if (actor.machine?.kind !== "client_credentials" || actor.userId === client.id) return true;
  const audience = token.kind === "access" ? token.payload.aud : undefined;
  return client.scopes.includes(introspectionScope) && client.audiences.includes(String(audience));
}

function describe(
  { config }: Pick<Deps, "config">,
  token: PresentedToken,
  { scopes, key }: Liveness,
): Record<string, unknown> {
  // Of a program's scopes those count that it still has.
  const scope = token.actor.machine ? { scope: (scopes ?? []).join(" ") } : {};
  if (token.kind === "access") return { ...token.payload, ...scope, token_type: "Bearer" };
  if (token.kind === "refresh") {
    const { iss, aud, sub, sid, iat, exp } = token.payload;
    return { iss, aud, sub, sid, client_id: config.clientId, iat, exp };
  }
  return {
    iss: config.issuer,
    sub: token.actor.userId,
    sid: token.actor.sessionId,
    client_id: config.clientId,
    gty: "api_key",
    ...scope,
    iat: key?.created,
    ...(key?.expires != null && { exp: key.expires }),
  };
}
