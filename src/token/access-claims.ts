import type { JWTPayload } from "jose";
import { type SessionId, type UserId, uuidPattern } from "../ids.ts";
import type { Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { openAccessToken } from "./access-token.ts";
import type { Impersonator, MachineKind } from "./grant.ts";

/**
 * A user who signed in, and the session.
 * @public
 */
export type SessionClaims = { readonly userId: UserId; readonly sessionId: SessionId };

/**
 * Who an access token is of, as it says. Of a machine client `userId` is its own id, and `sessionId` what the token hangs
 * on; where somebody acts as the user, that is their session.
 * @public
 */
export type AccessClaims = SessionClaims & {
  readonly tokenId: string;
  readonly impersonator?: Impersonator;
  readonly machine?: {
    readonly kind: MachineKind;
    readonly scopes: readonly string[];
    readonly audience: string;
  };
};

/**
 * Verifies an access token for our own routes, without a query.
 * @throws Problem `invalid_token`, whatever was wrong with it.
 * @public
 */
export async function verifyAccessToken(
  deps: Pick<Deps, "config" | "clock" | "keys">,
  token: string,
): Promise<AccessClaims> {
  try {
    return readClaims(await openAccessToken(deps, token, deps.config.audience));
  } catch (cause) {
    throw new Problem("invalid_token", { cause });
  }
}

/**
 * The claims of an access token of any audience that is ours, with all it says; undefined for any other text.
 * @public
 */
export async function findAccessToken(
  deps: Pick<Deps, "config" | "clock" | "keys">,
  token: string,
): Promise<{ claims: AccessClaims; payload: JWTPayload } | undefined> {
  try {
    const payload = await openAccessToken(deps, token);
    return { claims: readClaims(payload), payload };
  } catch {
    return undefined; // forged, expired or something else: one answer for all
  }
}

function readClaims({ sub, sid, jti, aud, act, epoch, gty, scope }: JWTPayload): AccessClaims {
  const claims = {
    userId: uuid(sub) as UserId,
    sessionId: uuid(sid) as SessionId,
    tokenId: uuid(jti),
  };
  if (gty !== undefined) {
    if (gty !== "client_credentials" && gty !== "api_key") throw new Error("gty is none of ours");
    const scopes = String(scope ?? "").split(" ");
    return { ...claims, machine: { kind: gty, scopes: scopes.filter(Boolean), audience: String(aud) } };
  }
  if (act === undefined) return claims;
  if (!Number.isSafeInteger(epoch)) throw new Error("epoch is no number");
  const actor = uuid((act as { sub?: unknown } | null)?.sub) as UserId;
  return { ...claims, impersonator: { userId: actor, subjectEpoch: epoch as number } };
}

function uuid(value: unknown): string {
  if (typeof value !== "string" || !uuidPattern.test(value)) throw new Error("an id is none");
  return value;
}
