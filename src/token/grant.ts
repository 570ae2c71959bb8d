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
};
