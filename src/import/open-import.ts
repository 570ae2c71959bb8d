import type { Actor } from "../access/run-as.ts";
import { type ImportRunId, newId } from "../ids.ts";
import type { Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { type ImportRun, openRun } from "./queries.ts";

/**
 * Begins a run, or finds where an unfinished one of the same file (by its SHA-256) has got to.
 * Nothing has been read before the caller is known to be allowed.
 * @throws Problem `not_allowed`, or `conflict` when another process begins with the same file just now.
 */
export async function openImport(
  deps: Pick<Deps, "db" | "clock" | "random">,
  input: { actor?: Actor; sha256: string | null },
): Promise<ImportRun> {
  const run = await openRun(deps, input.actor, { id: newId<ImportRunId>(deps), sha256: input.sha256 });
  if (!run) throw new Problem("conflict");
  return run;
}
