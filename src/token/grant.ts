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

/**
 * What a program's token was got by: the credential of a client (RFC 6749 §4.4), or a user's API key.
 * @public
 */
export type MachineKind = "client_credentials" | "api_key";

/**
 * What a token for a program is made from.
 * @public
 */
export type MachineGrant = {
  readonly kind: MachineKind;
  /** The client itself, or the user whose key it is. */
  readonly subject: string;
  readonly clientId: string;
  /** The secret or key behind the token, with which it ends. */
  readonly credentialId: string;
  readonly audience: string;
  readonly scopes: readonly string[];
  /** Unix seconds; null for none. */
  readonly expiresAt: number | null;
};
