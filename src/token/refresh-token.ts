import type { JWTPayload } from "jose";
import { type SessionId, type UserId, uuidPattern } from "../ids.ts";
import type { Deps } from "../ports.ts";
import type { Grant } from "./grant.ts";
import { signJwt, verifyJwt } from "./jwt.ts";

const longestToken = 2048;

/** @public */
export type RefreshClaims = {
  readonly userId: UserId;
  readonly sessionId: SessionId;
  readonly generation: number;
  readonly payload: JWTPayload;
};

/**
 * Mints the refresh token of a session's current generation. All its claims come from the row, so
 * the same generation always gives the same text: a repeated reply is the lost one, byte for byte.
 */
export function mintRefreshToken(deps: Pick<Deps, "config" | "keys">, grant: Grant): Promise<string> {
  return signJwt(deps.keys.refresh.sign, "rt+jwt", {
    sid: grant.sessionId,
    gen: grant.generation,
    iss: deps.config.issuer,
    aud: deps.config.issuer,
    sub: grant.userId,
    iat: grant.rotatedAt,
    exp: grant.expiresAt,
  });
}

/**
 * The claims of a refresh token of ours that has not expired, without a query; else undefined.
 * @public
 */
export async function verifyRefreshToken(
  deps: Pick<Deps, "config" | "clock" | "keys">,
  token: string,
): Promise<RefreshClaims | undefined> {
  try {
    const payload = await verifyJwt(deps.keys.refresh.verify, token, longestToken, {
      typ: "rt+jwt",
      issuer: deps.config.issuer,
      audience: deps.config.issuer,
      now: deps.clock.now(),
      required: ["exp", "iat", "sub", "sid", "gen"],
    });
    const { sub = "", sid, gen } = payload;
    if (!uuidPattern.test(sub) || typeof sid !== "string" || !uuidPattern.test(sid)) return undefined;
    if (typeof gen !== "number" || !Number.isSafeInteger(gen) || gen < 0 || gen >= 2 ** 31) return undefined;
    return { userId: sub as UserId, sessionId: sid as SessionId, generation: gen, payload };
  } catch {
    return undefined; // forged, expired or foreign: one answer for all
  }
}
