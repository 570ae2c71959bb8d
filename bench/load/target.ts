import type { Asker } from "./loop.ts";

export const operations = ["verify", "me", "refresh", "list", "token", "login", "signup"] as const;

export type Operation = (typeof operations)[number];

/** How one operation is asked for: by so many connections, and the status that says it was done. */
export type Exercise = { readonly askers: readonly Asker[]; readonly expected: number };

/** A service under load. */
export type Target = {
  readonly name: string;
  readonly origin: string;
  /** The process whose CPU and memory are the service's. */
  readonly pid: number;
  readonly exercises: Partial<Record<Operation, Exercise>>;
  stop(): Promise<void>;
};
