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
  verify(password: string, phc: string): Promise<boolean>;
};

/** One line of structured log. Ids and codes only: never a token, a password or an address. */
export type Log = (event: string, fields: Record<string, unknown>) => void;

/** What the edge knows of the client behind a request. */
export type Caller = {
  readonly ip: string;
  readonly network: string;
  readonly userAgent: string | null;
  readonly place: { readonly city: string | null; readonly country: string | null } | null;
  readonly requestId: string;
};

export type Deps = {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly db: Database;
  readonly passwords: PasswordHasher;
  readonly keys: Keys;
  readonly log: Log;
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
