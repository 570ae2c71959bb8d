import type { JWTPayload } from "jose";
import { type Bearer, bearerOf, bearerOfKey } from "../access/bearer.ts";
import type { Deps } from "../ports.ts";
import { findAccessToken } from "../token/access-claims.ts";
import { type RefreshClaims, verifyRefreshToken } from "../token/refresh-token.ts";

/**
 * A token that a client shows us, read without a query: whose it is, whom it is for, and what else tells whether it is
 * good.
 */
export type PresentedToken = { readonly bearer: Bearer; readonly audience: string } & (
  | { readonly kind: "access"; readonly tokenId: string; readonly payload: JWTPayload }
  | { readonly kind: "refresh"; readonly refresh: RefreshClaims; readonly payload: JWTPayload }
  | { readonly kind: "api_key" }
);

/** Undefined for what is no token of ours, or is over by its own words. */
export async function readPresentedToken(
  deps: Pick<Deps, "config" | "clock" | "keys">,
  text: string,
): Promise<PresentedToken | undefined> {
  const { audience } = deps.config;
  const ofKey = bearerOfKey(text);
  if (ofKey) return { kind: "api_key", bearer: ofKey, audience };
  const access = await findAccessToken(deps, text);
  if (access) {
    const { claims, payload } = access;
    const { tokenId } = claims;
    return { kind: "access", bearer: bearerOf(claims), audience: String(payload.aud), tokenId, payload };
  }
  const refresh = await verifyRefreshToken(deps, text);
  if (!refresh) return undefined;
  const { userId, sessionId, payload } = refresh;
  return { kind: "refresh", bearer: { userId, sessionId }, audience, refresh, payload };
}
