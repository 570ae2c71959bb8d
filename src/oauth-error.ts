/** The refusals of the routes of OAuth (RFC 6749 §5.2, RFC 8707 §2). */
export const oauthErrors = {
  invalid_request: [400, "The request lacks a parameter, repeats one, or proves the client in two ways."],
  invalid_client: [401, "The client is not known, or did not prove that it is this one."],
  invalid_grant: [400, "What was presented cannot be exchanged for a token."],
  unsupported_grant_type: [400, "This grant type is not offered."],
  invalid_scope: [400, "The scope is more than what was registered."],
  invalid_target: [400, "The client is not registered for this resource, or it named several."],
} as const satisfies Record<string, readonly [400 | 401, string]>;

export type OAuthErrorCode = keyof typeof oauthErrors;

export const oauthErrorCodes = Object.keys(oauthErrors) as [OAuthErrorCode, ...OAuthErrorCode[]];

/** An expected refusal of a route of OAuth. The public text is the table's; `cause` tells which check failed. */
export class OAuthError extends Error {
  override name = "OAuthError";
  readonly code: OAuthErrorCode;

  constructor(code: OAuthErrorCode, cause?: unknown) {
    super(code, { cause });
    this.code = code;
  }
}
