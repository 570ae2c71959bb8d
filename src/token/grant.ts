import type { SessionId, UserId } from "../ids.ts";

/**
 * What tokens are made from: a session and its user as one statement read them. Unix seconds.
 * @public
 */
export type Grant = {
  readonly userId: UserId;
  readonly sessionId: SessionId;
  readonly clientId: string;
  readonly generation: number;
  readonly rotatedAt: number;
  readonly expiresAt: number;
  readonly authTime: number;
  readonly amr: readonly string[];
  readonly acr: string;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  /** Of the user's `app_metadata`, what the operator wants in tokens. */
  readonly claims: Readonly<Record<string, unknown>>;
};

/**
 * Somebody who acts as the user of a token (RFC 8693 §4.1), by a permission read under an epoch of the user.
 * @public
 */
export type Impersonator = { readonly userId: UserId; readonly subjectEpoch: number };
