import type { JWTPayload } from "jose";
import type { Actor } from "../access/run-as.ts";
import type { SessionId, UserId } from "../ids.ts";
import { credentialPrefix, readCredential } from "../lib/credential.ts";
import type { Deps } from "../ports.ts";
import { findAccessToken } from "../token/access-claims.ts";
import { type RefreshClaims, verifyRefreshToken } from "../token/refresh-token.ts";

/**
 * A token that a client shows us, read without a query: whose it is, as `principalOf` takes it, and what else tells
 * whether it is good.
 */
export type PresentedToken =
  | { readonly kind: "access"; readonly actor: Actor; readonly tokenId: string; readonly payload: JWTPayload }
  | {
      readonly kind: "refresh";
      readonly actor: Actor;
      readonly refresh: RefreshClaims;
      readonly payload: JWTPayload;
    }
  | { readonly kind: "api_key"; readonly actor: Actor };

/** Undefined for what is no token of ours, or is over by its own words. */
export async function readPresentedToken(
  deps: Pick<Deps, "config" | "clock" | "keys">,
  text: string,
): Promise<PresentedToken | undefined> {
  const permission = "self";
  if (text.startsWith(credentialPrefix.apiKey)) {
    const key = readCredential(credentialPrefix.apiKey, text);
    if (!key) return undefined;
    const machine = { kind: "api_key", proof: { keyHash: key.hash } } as const;
    const actor = {
      userId: key.owner as UserId,
      sessionId: key.id as SessionId,
      permission,
      machine,
    } as const;
    return { kind: "api_key", actor };
  }
  const access = await findAccessToken(deps, text);
  if (access) {
    const { tokenId, impersonator, machine, userId, sessionId } = access.claims;
    const actor: Actor = {
      userId,
      sessionId,
      permission,
      ...(impersonator && { impersonator: { ...impersonator, tokenId } }),
      ...(machine && { machine: { kind: machine.kind, proof: { tokenId, scopes: machine.scopes } } }),
    };
    return { kind: "access", actor, tokenId, payload: access.payload };
  }
  const refresh = await verifyRefreshToken(deps, text);
  if (!refresh) return undefined;
  const { userId, sessionId, payload } = refresh;
  return { kind: "refresh", actor: { userId, sessionId, permission }, refresh, payload };
}
