import type { Config } from "./config.ts";
import type { Database } from "./db/database.ts";
import type { Keys } from "./token/keys.ts";

/** Time. `offsetSeconds` is added to the database's clock too; 0 in production. */
export type Clock = { now(): Date; readonly offsetSeconds: number };

export type Random = { bytes(length: number): Uint8Array };

/** Who waits for a slot: sign-ups may hold at most half of them, so a flood does not stop logins. */
export type HashLane = "sign-in" | "sign-up";

/** Slow password hashing behind a bounded queue. Throws `Busy` when the queue is full. */
export type PasswordHasher = {
  hash(password: string, lane: HashLane): Promise<string>;
  /** Throws for what is no hash we read, or one that would cost more than a login may. */
  verify(password: string, stored: string): Promise<boolean>;
  /** Whether `stored` is what `hash` would make today. */
  isCurrent(stored: string): boolean;
  /** Throws `Busy` where a hash would be refused at once: before anything else is done for whoever needs one. */
  refuseWhenFull(lane: HashLane): void;
};

/** One line of structured log. Ids and codes only: never a token, a password or an address. */
export type Log = (event: string, fields: Record<string, unknown>) => void;

/** A mail ready to leave. `link`, `token` and `code` are what its text carries, for the mailbox of tests. */
export type Mail = {
  /** Of the outbox row: the same on every attempt, so that a provider can drop a duplicate. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly template: MailTemplate;
  readonly text: string;
  readonly html: string;
  readonly link: string;
  readonly token: string | null;
  readonly code: string | null;
};

export type MailTemplate =
  | "verify_email"
  | "email_changed"
  | "password_reset"
  | "password_changed"
  | "magic_link"
  | "account_exists"
  | "new_device"
  | "session_reuse"
  | "invitation"
  | "recovery_code_used"
  | "factor_changed"
  | "api_key_created"
  | "impersonated";

/**
 * Hands a mail to whoever delivers it. Throws `MailRefused` when trying again is of no use, and any
 * other error when it is.
 */
export type Mailer = { send(mail: Mail): Promise<void> };

/** The provider will never take this mail. */
export class MailRefused extends Error {
  override name = "MailRefused";
}

/** Work that goes on after the reply. A failure of it is the work's own to log. */
export type Background = (work: () => Promise<unknown>) => void;

/** Whether a password is known from a breach. Answers false when it cannot find out. */
export type BreachCheck = (password: string) => Promise<boolean>;

/** Whether the token, from the caller's page, was earned by a person. Throws `Unavailable`. */
export type HumanCheck = (token: string, ip: string) => Promise<boolean>;

/** What the edge knows of the client behind a request. */
export type Caller = {
  readonly ip: string;
  readonly network: string;
  readonly userAgent: string | null;
  readonly place: { readonly city: string | null; readonly country: string | null } | null;
  readonly requestId: string;
  /** Whose sessions are opened here; `CLIENT_ID` when nobody is named. */
  readonly clientId?: string;
};

export type Deps = {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly db: Database;
  readonly passwords: PasswordHasher;
  readonly keys: Keys;
  readonly log: Log;
  readonly mailer: Mailer;
  readonly background: Background;
  readonly isBreached: BreachCheck;
  /** Undefined: nobody is asked to prove that. */
  readonly isHuman: HumanCheck | undefined;
  readonly runtime: "workers" | "deno" | "node";
};

/** A dependency did not answer in time: 503, never a pass. */
export class Unavailable extends Error {
  override name = "Unavailable";
}

/** We have more work than slots: 503 `busy`, try again soon. */
export class Busy extends Error {
  override name = "Busy";
}
