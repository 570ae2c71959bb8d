import { jwtVerify, SignJWT } from "jose";
import { newId, type SessionId, type UserId, uuidPattern } from "../ids.ts";
import type { Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { fitsClaim } from "./claims.ts";
import type { Grant, Impersonator } from "./grant.ts";
import { verificationKey } from "./verification-key.ts";

/** Fifty roles and ten claims of an operator's fit, and no header limit that is in use is reached. */
const longestToken = 12_288;
const impersonationSeconds = 900;

/**
 * Mints a JWT access token (RFC 9068). It never outlives its session. With an `impersonator` it is theirs to
 * act as the user for 15 minutes at most, and says so (`act`, RFC 8693 §4.1).
 * @public
 */
export async function mintAccessToken(
  deps: Pick<Deps, "config" | "clock" | "random" | "keys">,
  grant: Grant,
  impersonator?: Impersonator,
): Promise<{ token: string; expiresIn: number }> {
  const { config, keys } = deps;
  const { ttlSeconds, roles, scope } = config.accessToken;
  const now = Math.floor(deps.clock.now().getTime() / 1000);
  const life = impersonator ? Math.min(ttlSeconds, impersonationSeconds) : ttlSeconds;
  const expires = Math.min(now + life, grant.expiresAt);
  const { kid, alg, key } = keys.access.sign;
  const token = await new SignJWT({
    ...Object.fromEntries(Object.entries(grant.claims).filter(([, value]) => fitsClaim(value))),
    client_id: grant.clientId,
    sid: grant.sessionId,
    auth_time: grant.authTime,
    acr: grant.acr,
    amr: grant.amr,
    ...(roles && { roles: grant.roles }),
    ...(scope && { scope: grant.permissions.join(" ") }),
    ...(impersonator && { act: { sub: impersonator.userId }, epoch: impersonator.subjectEpoch }),
  })
    .setProtectedHeader({ alg, kid, typ: "at+jwt" })
    .setIssuer(config.issuer)
    .setAudience(config.audience)
    .setSubject(grant.userId)
    .setJti(newId(deps))
    .setIssuedAt(now)
    .setExpirationTime(expires)
    .sign(key);
  return { token, expiresIn: Math.max(expires - now, 0) };
}

/** @public */
export type AccessClaims = {
  readonly userId: UserId;
  /** The impersonator's own, where there is one. */
  readonly sessionId: SessionId;
  readonly impersonator?: Impersonator;
};

/**
 * Verifies an access token without a query: strict form, own key by `kid`, and the `alg` of that
 * key, `typ`, `iss`, `aud` and times pinned (RFC 8725 §3.1, RFC 9068 §4).
 * @throws Problem `invalid_token`, whatever was wrong with it.
 * @public
 */
export async function verifyAccessToken(
  deps: Pick<Deps, "config" | "clock" | "keys">,
  token: string,
): Promise<AccessClaims> {
  const refuse = (cause?: unknown) => new Problem("invalid_token", { cause });
  const named = verificationKey(deps.keys.access.verify, token, longestToken);
  if (!named) throw refuse();
  try {
    const { payload } = await jwtVerify(token, named.key, {
      algorithms: [named.alg],
      typ: "at+jwt",
      issuer: deps.config.issuer,
      audience: deps.config.audience,
      currentDate: deps.clock.now(),
      requiredClaims: ["exp", "iat", "sub", "sid", "jti", "client_id"],
    });
    const { sub, sid, act, epoch } = payload;
    if (!isUuid(sub) || !isUuid(sid)) throw refuse();
    const claims: AccessClaims = { userId: sub as UserId, sessionId: sid as SessionId };
    if (act === undefined) return claims;
    const actor = (act as { sub?: unknown } | null)?.sub;
    if (!isUuid(actor) || !Number.isSafeInteger(epoch)) throw refuse();
    return { ...claims, impersonator: { userId: actor as UserId, subjectEpoch: epoch as number } };
  } catch (cause) {
    throw refuse(cause);
  }
}

function isUuid(value: unknown): boolean {
  return typeof value === "string" && uuidPattern.test(value);
}
