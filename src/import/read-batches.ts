import { newId, type UserId } from "../ids.ts";
import type { Deps } from "../ports.ts";
import { type ImportedUser, type LineCode, parseLine } from "./parse-line.ts";
import { type Position, readLines } from "./read-lines.ts";

/** A refused line, by its number from 1. */
export type Fault = { readonly line: number; readonly code: LineCode };

/** What one statement takes in: so many lines of the file, parsed. */
export type Batch = {
  readonly users: (ImportedUser & { readonly id: UserId; readonly line: number })[];
  readonly faults: Fault[];
  readonly start: Position;
  end: Position;
  isLast: boolean;
};

const mostLines = 500;
const mostCharacters = 2 ** 20;

/** Reads a file from `start` on, in batches. There is always a last one, if need be an empty one. */
export async function* readBatches(
  deps: Pick<Deps, "clock" | "random" | "config">,
  chunks: AsyncIterable<Uint8Array>,
  start: Position,
): AsyncGenerator<Batch> {
  const context = { now: deps.clock.now(), allowLocalhost: deps.config.environment !== "production" };
  let batch = emptyBatch(start);
  let characters = 0;
  for await (const line of readLines(chunks, start)) {
    // Only now is it known that the full batch is not the last.
    if (batch.users.length + batch.faults.length >= mostLines || characters >= mostCharacters) {
      yield batch;
      batch = emptyBatch(batch.end);
      characters = 0;
    }
    batch.end = { offset: line.offset, lines: line.lines };
    const read = line.fault ?? (line.text.trim() === "" ? undefined : parseLine(line.text, context));
    if (typeof read === "string") batch.faults.push({ line: line.lines, code: read });
    else if (read) batch.users.push({ ...read, id: newId<UserId>(deps), line: line.lines });
    characters += line.text?.length ?? 0;
  }
  yield { ...batch, isLast: true };
}

function emptyBatch(start: Position): Batch {
  return { users: [], faults: [], start, end: start, isLast: false };
}
