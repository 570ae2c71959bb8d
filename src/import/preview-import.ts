import { type Actor, checkAllowed } from "../access/run-as.ts";
import type { Deps } from "../ports.ts";
import { type ImportReport, reportOf } from "./import-users.ts";
import { examineBatch, mostFaults } from "./queries.ts";
import { type Batch, type Fault, readBatches } from "./read-batches.ts";

/**
 * Reports what an import of `chunks` would do, and writes nothing. Which lines repeat an earlier one is
 * kept in memory, some hundred bytes a line.
 * @throws Problem `invalid_token` or `not_allowed`, before anything is read.
 */
export async function previewImport(
  deps: Pick<Deps, "db" | "clock" | "random" | "config">,
  input: { actor?: Actor; chunks: AsyncIterable<Uint8Array> },
): Promise<ImportReport> {
  if (input.actor) await checkAllowed(deps, input.actor);
  const seen = new Set<string>();
  const refused: Fault[] = [];
  let [accepted, skipped, refused_count] = [0, 0, 0];
  for await (const batch of readBatches(deps, input.chunks, { offset: 0, lines: 0 })) {
    const found = await examineBatch(deps, input.actor, batch);
    const forbidden = found.flatMap(({ line, code }) => (code ? { line, code } : []));
    const faults = [...batch.faults, ...forbidden].sort((a, b) => a.line - b.line);
    const isNew = remember(seen, batch);
    for (const { line, code, taken } of found) {
      if (code) continue;
      if (!taken && isNew(line)) accepted++;
      else skipped++;
    }
    refused_count += faults.length;
    refused.push(...faults.slice(0, mostFaults - refused.length));
  }
  return reportOf({ accepted, skipped, refused }, refused_count);
}

/** Whether a line, asked in their order, would make a user no line before it would have made. */
function remember(seen: Set<string>, batch: Batch): (line: number) => boolean {
  const byLine = new Map(batch.users.map((user) => [user.line, user]));
  return (line) => {
    const user = byLine.get(line);
    const names = [`@${user?.email_key}`, ...(user?.external_id ? [`#${user.external_id}`] : [])];
    if (names.some((name) => seen.has(name))) return false;
    for (const name of names) seen.add(name);
    return true;
  };
}
