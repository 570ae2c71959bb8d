import type { JWTPayload } from "jose";
import { newId } from "../ids.ts";
import type { Deps } from "../ports.ts";
import { fitsClaim } from "./claims.ts";
import type { Grant, Impersonator, MachineGrant } from "./grant.ts";
import { signJwt, verifyJwt } from "./jwt.ts";

/** Fifty roles and ten claims of an operator's fit, and no header limit that is in use is reached. */
const longestToken = 12_288;
const impersonationSeconds = 900;
/** An API key is at hand whenever another token is wanted. */
const exchangedSeconds = 300;

type Minted = { token: string; expiresIn: number };
type Signing = Pick<Deps, "config" | "clock" | "random" | "keys">;

/**
 * Mints a JWT access token (RFC 9068) for a user's session, which it never outlives. With an `impersonator` it is
 * theirs to act as the user for 15 minutes at most, and says so (`act`, RFC 8693 §4.1).
 * @public
 */
export function mintAccessToken(deps: Signing, grant: Grant, impersonator?: Impersonator): Promise<Minted> {
  const { ttlSeconds, roles, scope } = deps.config.accessToken;
  const claims = {
    ...Object.fromEntries(Object.entries(grant.claims).filter(([, value]) => fitsClaim(value))),
    client_id: grant.clientId,
    sid: grant.sessionId,
    auth_time: grant.authTime,
    acr: grant.acr,
    amr: grant.amr,
    ...(roles && { roles: grant.roles }),
    ...(scope && { scope: grant.permissions.join(" ") }),
    ...(impersonator && { act: { sub: impersonator.userId }, epoch: impersonator.subjectEpoch }),
  };
  return sign(deps, claims, {
    subject: grant.userId,
    audience: deps.config.audience,
    life: impersonator ? Math.min(ttlSeconds, impersonationSeconds) : ttlSeconds,
    notAfter: grant.expiresAt,
  });
}

/**
 * Mints a JWT access token for a program: a client, whose `sub` is its own id (RFC 9068 §2.2), or one that acts for a
 * user by an API key. `gty` tells them from those of people, who signed in.
 * @public
 */
export function mintMachineToken(deps: Signing, grant: MachineGrant): Promise<Minted> {
  const { ttlSeconds } = deps.config.accessToken;
  const claims = {
    client_id: grant.clientId,
    sid: grant.credentialId,
    gty: grant.kind,
    scope: grant.scopes.join(" "),
  };
  return sign(deps, claims, {
    subject: grant.subject,
    audience: grant.audience,
    life: grant.kind === "api_key" ? Math.min(ttlSeconds, exchangedSeconds) : ttlSeconds,
    notAfter: grant.expiresAt ?? Number.POSITIVE_INFINITY,
  });
}

/** `life` in seconds, `notAfter` in Unix seconds. */
async function sign(
  deps: Signing,
  claims: JWTPayload,
  {
    subject,
    audience,
    life,
    notAfter,
  }: { subject: string; audience: string; life: number; notAfter: number },
): Promise<Minted> {
  const now = Math.floor(deps.clock.now().getTime() / 1000);
  const expires = Math.min(now + life, notAfter);
  const token = await signJwt(deps.keys.access.sign, "at+jwt", {
    ...claims,
    iss: deps.config.issuer,
    aud: audience,
    sub: subject,
    jti: newId(deps),
    iat: now,
    exp: expires,
  });
  return { token, expiresIn: Math.max(expires - now, 0) };
}

/**
 * The claims of an access token of ours, without a query: strict form, own key by `kid`, and the `alg` of that key,
 * `typ`, `iss`, times and, where one is given, `aud` pinned (RFC 8725 §3.1, RFC 9068 §4).
 * @throws whatever was wrong with it.
 */
export function openAccessToken(
  deps: Pick<Deps, "config" | "clock" | "keys">,
  token: string,
  audience?: string,
): Promise<JWTPayload> {
  return verifyJwt(deps.keys.access.verify, token, longestToken, {
    typ: "at+jwt",
    issuer: deps.config.issuer,
    audience,
    now: deps.clock.now(),
    required: ["exp", "iat", "aud", "sub", "sid", "jti", "client_id"],
  });
}
