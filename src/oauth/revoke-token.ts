import { proveClient } from "../client/prove-client.ts";
import { OAuthError } from "../oauth-error.ts";
import type { Caller, Deps } from "../ports.ts";
import { readPresentedToken } from "./presented-token.ts";
import { authenticate, endToken } from "./queries.ts";

type Presented = Parameters<typeof proveClient>[1];

/**
 * Ends what a token is of (RFC 7009): the session behind a user's refresh or access token, an API key, or one token of a
 * program, the client's own or a user's. A text that is no token of ours, or another client's, is answered the same.
 * @throws OAuthError `invalid_client`, `invalid_request`.
 */
export async function revokeToken(
  deps: Pick<Deps, "config" | "clock" | "random" | "keys" | "db">,
  caller: Caller,
  presented: Presented,
  text: string,
): Promise<void> {
  const proof = await proveClient(deps, presented);
  const token = await readPresentedToken(deps, text);
  const isProven = token
    ? await endToken(deps, caller, proof, token)
    : (await authenticate(deps, proof)) !== undefined;
  if (!isProven) throw new OAuthError("invalid_client");
}
