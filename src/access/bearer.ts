import type { SessionId, UserId } from "../ids.ts";
import { credentialPrefix, readCredential } from "../lib/credential.ts";
import type { AccessClaims } from "../token/access-claims.ts";
import type { Actor } from "./run-as.ts";

/**
 * Who a bearer is of, by its own words. Whether what it hangs on lives is for `principalOf` to say.
 * @public
 */
export type Bearer = Pick<Actor, "userId" | "sessionId" | "impersonator" | "machine">;

/**
 * Of an API key itself; undefined for what is none, as its checksum tells.
 * @public
 */
export function bearerOfKey(text: string): Bearer | undefined {
  const key = readCredential(credentialPrefix.apiKey, text);
  if (!key) return undefined;
  const machine = { kind: "api_key", proof: { keyHash: key.hash } } as const;
  return { userId: key.owner as UserId, sessionId: key.id as SessionId, machine };
}

/**
 * Of a verified access token.
 * @public
 */
export function bearerOf({ userId, sessionId, tokenId, impersonator, machine }: AccessClaims): Bearer {
  return {
    userId,
    sessionId,
    ...(impersonator && { impersonator: { ...impersonator, tokenId } }),
    ...(machine && { machine: { kind: machine.kind, proof: { tokenId, ...machine } } }),
  };
}
