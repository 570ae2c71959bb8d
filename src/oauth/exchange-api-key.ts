import { bearerOfKey } from "../access/bearer.ts";
import { OAuthError } from "../oauth-error.ts";
import type { Deps } from "../ports.ts";
import { mintMachineToken } from "../token/access-token.ts";
import { type AccessResponse, requestedScopes } from "./grant-client.ts";
import { useKey } from "./queries.ts";

/** RFC 8693 §3: what we exchange, and what for. */
export const apiKeyType = "urn:gatehouse:token-type:api_key";
export const accessTokenType = "urn:ietf:params:oauth:token-type:access_token";

export type ExchangeRequest = {
  readonly subject_token: string;
  readonly scope?: string | undefined;
  /** Whom the token is to be for, by `resource` and by `audience`. */
  readonly targets: readonly string[];
};

/**
 * Exchanges an API key for an access token of five minutes (RFC 8693), which other services verify by themselves. The key is
 * what authenticates: there is no client beside it.
 * @throws OAuthError `invalid_request` for a key that is no good (RFC 8693 §2.2.2), `invalid_scope` for more than counts of
 * its scopes now, `invalid_target` for a token that would be for somebody else.
 */
export async function exchangeApiKey(
  deps: Pick<Deps, "config" | "clock" | "random" | "keys" | "db">,
  request: ExchangeRequest,
): Promise<AccessResponse & { issued_token_type: typeof accessTokenType }> {
  if (request.targets.some((target) => target !== deps.config.audience))
    throw new OAuthError("invalid_target");
  const bearer = bearerOfKey(request.subject_token);
  if (!bearer) throw new OAuthError("invalid_request");
  const key = await useKey(deps, bearer);
  if (!key) throw new OAuthError("invalid_request");
  const scopes = requestedScopes(request.scope) ?? key.scopes;
  if (!scopes.every((scope) => key.scopes.includes(scope))) throw new OAuthError("invalid_scope");
  const { token, expiresIn } = await mintMachineToken(deps, {
    kind: "api_key",
    subject: key.userId,
    clientId: deps.config.clientId,
    credentialId: key.keyId,
    audience: deps.config.audience,
    scopes,
    expiresAt: key.expiresAt,
  });
  return {
    access_token: token,
    issued_token_type: accessTokenType,
    token_type: "Bearer",
    expires_in: expiresIn,
    scope: scopes.join(" "),
  };
}
