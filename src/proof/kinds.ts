import type { OutboxId } from "../ids.ts";

const minute = 60;
const day = 86_400;

/**
 * How long each kind of mailed proof is good, in seconds.
 * @public
 */
export const proofLife = {
  /** A sign-up that becomes an account once its address is verified. */
  registration: day,
  verify_email: day,
  change_email: day,
  password_reset: 30 * minute,
  magic_link: 15 * minute,
  invitation: 7 * day,
  /** Of an account that an operator made: its owner chooses the password. */
  account_invitation: 7 * day,
} as const;

/** @public */
export type ProofKind = keyof typeof proofLife;

/**
 * What a proof is bound to. An edited row, another user, another address or an epoch that has moved
 * makes it another proof. `expiresAt` is in Unix seconds.
 * @public
 */
export type Binding = {
  readonly kind: ProofKind;
  readonly id: OutboxId;
  readonly userId: string | null;
  readonly emailKey: string;
  readonly epoch: number | null;
  readonly expiresAt: number;
};
