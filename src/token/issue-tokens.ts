import type { Deps } from "../ports.ts";
import { mintAccessToken } from "./access-token.ts";
import type { Grant } from "./grant.ts";
import { mintRefreshToken } from "./refresh-token.ts";

/**
 * The token response (RFC 6749 §5.1, with the life of the refresh token).
 * @public
 */
export type TokenResponse = {
  access_token: string;
  token_type: "Bearer";
  expires_in: number;
  refresh_token: string;
  refresh_expires_in: number;
};

/**
 * Tokens for a session that a statement just made or rotated. Lifetimes in seconds.
 * @public
 */
export async function issueTokens(
  deps: Pick<Deps, "config" | "clock" | "random" | "keys">,
  grant: Grant,
): Promise<TokenResponse> {
  const [access, refreshToken] = await Promise.all([
    mintAccessToken(deps, grant),
    mintRefreshToken(deps, grant),
  ]);
  const now = Math.floor(deps.clock.now().getTime() / 1000);
  return {
    access_token: access.token,
    token_type: "Bearer",
    expires_in: access.expiresIn,
    refresh_token: refreshToken,
    refresh_expires_in: Math.max(grant.expiresAt - now, 0),
  };
}
