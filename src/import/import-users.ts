import type { Actor } from "../access/run-as.ts";
import type { Caller, Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { type ImportRun, type Progress, takeBatch } from "./queries.ts";
import { type Fault, readBatches } from "./read-batches.ts";

/** What became of a file: users made, lines whose account existed, and lines refused, the first thousand named. */
export type ImportReport = {
  readonly accepted: number;
  readonly skipped: number;
  readonly refused: Fault[];
  /** Of all refused lines, where those are more. */
  readonly refused_count?: number;
};

/**
 * Makes the users that the lines of a file describe, 500 lines a statement. An address or external
 * id that has an account is skipped and nothing of it changes, so a file can be run again. What is in
 * `chunks` begins where the run stands.
 * @throws Problem `conflict` when another process goes on with the same run, `invalid_token` or
 * `not_allowed` when the caller may no longer import: what was taken in until then stays.
 */
export async function importUsers(
  deps: Pick<Deps, "db" | "clock" | "random" | "config">,
  caller: Caller,
  input: {
    actor?: Actor;
    run: ImportRun;
    chunks: AsyncIterable<Uint8Array>;
    onProgress?: (progress: Progress) => void;
  },
): Promise<ImportReport> {
  let progress: Progress | undefined;
  // How recent the authentication is was asked when the run was opened: a long one must not break off for it.
  const actor = input.actor && { ...input.actor, stepUp: false };
  for await (const batch of readBatches(deps, input.chunks, input.run)) {
    progress = await takeBatch(deps, caller, actor, input.run.id, batch);
    if (!progress) throw new Problem("conflict");
    input.onProgress?.(progress);
  }
  const { accepted = 0, skipped = 0, refused, refused_count = 0 } = progress ?? {};
  return reportOf({ accepted, skipped, refused: refused ?? [] }, refused_count);
}

/** The report, which says how many lines were refused where it does not name them all. */
export function reportOf(
  { accepted, skipped, refused }: { accepted: number; skipped: number; refused: readonly Fault[] },
  refused_count: number,
): ImportReport {
  const named = { accepted, skipped, refused: [...refused] };
  return refused_count > refused.length ? { ...named, refused_count } : named;
}
