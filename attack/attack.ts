import type { Client, Mail } from "../test/support/client.ts";
import type { Player } from "./player.ts";

/** What a case may use, and where it says what it saw. */
export type Trial = {
  readonly origin: string;
  /** The `iss` of its tokens and the base of its links. */
  readonly issuer: string;
  readonly runtime: string;
  readonly call: Client["call"];
  /** Throwaway accounts of different people. */
  readonly a: Player;
  readonly b: Player;
  /** The access token of an operator. Only cases that need it are run with it. */
  readonly admin: string;
  /** The newest mail of a template that an address got after `since`, in ms of the Unix epoch. */
  readonly mail: (to: string, template: string, since: number) => Promise<Mail>;
  readonly hasMail: boolean;
  /** All mails to an address, newest first. */
  readonly mails: (to: string) => Promise<Mail[]>;
  /** Notes a finding unless `holds`. */
  readonly expect: (holds: boolean, finding: string) => void;
  /** Counts how often it was tried, for what can be tried often. */
  readonly tried: (times: number) => void;
};

/** Something that was done to others, and has to fail here. */
export type Attack = {
  /** `group/name`. */
  readonly id: string;
  readonly what: string;
  /** Where it succeeded, or who asks for the defence. */
  readonly precedent: string;
  readonly needs?: readonly ("mail" | "admin")[];
  readonly run: (trial: Trial) => Promise<void>;
};

/** How it ended: `held`, `found` with what, `failed` where it could not be carried out, or `skipped` for want of what it needs. */
export type Result = {
  readonly attack: Attack;
  readonly outcome: "held" | "found" | "failed" | "skipped";
  readonly findings: readonly string[];
  readonly tries: number;
  readonly tookMs: number;
};
