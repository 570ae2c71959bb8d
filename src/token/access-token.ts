import { base64url, jwtVerify, SignJWT } from "jose";
import { newId, type SessionId, type UserId, uuidPattern } from "../ids.ts";
import { isStrictCompactJws } from "../lib/compact-jws.ts";
import type { Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import type { Grant } from "./grant.ts";

const longestToken = 8192;

/** Mints a JWT access token (RFC 9068). It never outlives its session. */
export async function mintAccessToken(
  deps: Pick<Deps, "config" | "clock" | "random" | "keys">,
  grant: Grant,
): Promise<{ token: string; expiresIn: number }> {
  const { config, keys } = deps;
  const now = Math.floor(deps.clock.now().getTime() / 1000);
  const expires = Math.min(now + config.accessToken.ttlSeconds, grant.expiresAt);
  const { kid, alg, key } = keys.access.sign;
  const token = await new SignJWT({
    client_id: grant.clientId,
    sid: grant.sessionId,
    auth_time: grant.authTime,
    acr: grant.acr,
    amr: grant.amr,
    roles: grant.roles,
    scope: grant.permissions.join(" "),
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
export type AccessClaims = { readonly userId: UserId; readonly sessionId: SessionId };

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
  if (token.length > longestToken || !isStrictCompactJws(token)) throw refuse();
  const named = deps.keys.access.verify.get(kidOf(token) ?? "");
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
    const { sub, sid } = payload;
    if (!isUuid(sub) || !isUuid(sid)) throw refuse();
    return { userId: sub as UserId, sessionId: sid as SessionId };
  } catch (cause) {
    throw refuse(cause);
  }
}

function isUuid(value: unknown): boolean {
  return typeof value === "string" && uuidPattern.test(value);
}

/** The key id a compact JWS names, unverified: it only picks one of our own keys (RFC 8725 §3.10). */
export function kidOf(token: string): string | undefined {
  try {
    const header: unknown = JSON.parse(
      new TextDecoder().decode(base64url.decode(token.split(".", 1)[0] ?? "")),
    );
    const kid = (header as { kid?: unknown } | null)?.kid;
    return typeof kid === "string" ? kid : undefined;
  } catch {
    return undefined; // not JSON, so it names no key of ours
  }
}
