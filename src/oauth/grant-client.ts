import { type ClientProof, proveClient } from "../client/prove-client.ts";
import { OAuthError } from "../oauth-error.ts";
import type { Deps } from "../ports.ts";
import { mintMachineToken } from "../token/access-token.ts";
import { authenticate } from "./queries.ts";

type Needs = Pick<Deps, "config" | "clock" | "random" | "keys" | "db">;

/** The token response of a grant without a refresh token (RFC 6749 §4.4.3). */
export type AccessResponse = {
  access_token: string;
  token_type: "Bearer";
  expires_in: number;
  scope: string;
};

/** Of a form; `resource` may be given more than once. */
export type TokenRequest = Parameters<typeof proveClient>[1] & {
  readonly scope?: string | undefined;
  readonly resource?: string | readonly string[] | undefined;
};

/**
 * A client's token for itself (RFC 6749 §4.4), of all its scopes or those it asks for, and for one of the audiences it is
 * registered for, the first unless it names another (RFC 8707).
 * @throws OAuthError `invalid_client`, `invalid_scope`, `invalid_target`, `invalid_request`.
 */
export async function grantClient(deps: Needs, request: TokenRequest): Promise<AccessResponse> {
  const client = await authenticated(deps, await proveClient(deps, request));
  const scopes = requestedScopes(request.scope) ?? client.scopes;
  if (!scopes.every((scope) => client.scopes.includes(scope))) throw new OAuthError("invalid_scope");
  const resources = [request.resource ?? []].flat();
  const audience = resources[0] ?? client.audiences[0];
  if (resources.length > 1 || audience === undefined || !client.audiences.includes(audience)) {
    throw new OAuthError("invalid_target");
  }
  const { token, expiresIn } = await mintMachineToken(deps, {
    kind: "client_credentials",
    subject: client.id,
    clientId: client.id,
    credentialId: client.credentialId,
    audience,
    scopes,
    expiresAt: null,
  });
  return { access_token: token, token_type: "Bearer", expires_in: expiresIn, scope: scopes.join(" ") };
}

async function authenticated(deps: Needs, proof: ClientProof) {
  const client = await authenticate(deps, proof);
  if (!client) throw new OAuthError("invalid_client");
  return client;
}

/** RFC 6749 §3.3. Undefined: it asks for none in particular. */
export function requestedScopes(scope: string | undefined): string[] | undefined {
  const scopes = [...new Set(scope?.split(" ").filter(Boolean))];
  return scopes.length > 0 ? scopes : undefined;
}
