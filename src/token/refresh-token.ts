import { type JWTPayload, jwtVerify, SignJWT } from "jose";
import { type SessionId, type UserId, uuidPattern } from "../ids.ts";
import type { Deps } from "../ports.ts";
import type { Grant } from "./grant.ts";
import { verificationKey } from "./verification-key.ts";

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
  const { kid, alg, key } = deps.keys.refresh.sign;
  return new SignJWT({ sid: grant.sessionId, gen: grant.generation })
    .setProtectedHeader({ alg, kid, typ: "rt+jwt" })
    .setIssuer(deps.config.issuer)
    .setAudience(deps.config.issuer)
    .setSubject(grant.userId)
    .setIssuedAt(grant.rotatedAt)
    .setExpirationTime(grant.expiresAt)
    .sign(key);
}

/**
 * The claims of a refresh token of ours that has not expired, without a query; else undefined.
 * @public
 */
export async function verifyRefreshToken(
  deps: Pick<Deps, "config" | "clock" | "keys">,
  token: string,
): Promise<RefreshClaims | undefined> {
  const named = verificationKey(deps.keys.refresh.verify, token, longestToken);
  if (!named) return undefined;
  try {
    const { payload } = await jwtVerify(token, named.key, {
      algorithms: [named.alg],
      typ: "rt+jwt",
      issuer: deps.config.issuer,
      audience: deps.config.issuer,
      currentDate: deps.clock.now(),
      requiredClaims: ["exp", "iat", "sub", "sid", "gen"],
    });
    const { sub = "", sid, gen } = payload;
    if (!uuidPattern.test(sub) || typeof sid !== "string" || !uuidPattern.test(sid)) return undefined;
    if (typeof gen !== "number" || !Number.isSafeInteger(gen) || gen < 0 || gen >= 2 ** 31) return undefined;
    return { userId: sub as UserId, sessionId: sid as SessionId, generation: gen, payload };
  } catch {
    return undefined; // forged, expired or foreign: one answer for all
  }
}
