import { openCursor, sealCursor } from "./lib/cursor.ts";
import type { Deps } from "./ports.ts";
import { Problem } from "./problems.ts";

export type Page<T> = { data: T[]; next_cursor: string | null };

/** What a list is asked for. */
export type PageRequest = { readonly limit: number; readonly cursor: string | undefined };

/**
 * A page of a list in the order of its keys. `scope` names the list, its owner, sort and filters: a cursor is good only
 * where it was issued. `read` answers the rows after a position, empty for the first, one more than `limit` where there
 * are that many; `positionOf` is where the list goes on after a row.
 * @throws Problem `invalid_cursor`.
 */
export async function readPage<Row, Answer extends { rows: readonly Row[] }>(
  { keys }: Pick<Deps, "keys">,
  scope: string,
  { limit, cursor }: PageRequest,
  positionOf: (row: Row) => readonly string[],
  read: (position: readonly string[]) => Promise<Answer>,
): Promise<Page<Row> & { answer: Answer }> {
  const position = cursor === undefined ? [] : openCursor(keys.cursor, scope, cursor);
  if (!position) throw new Problem("invalid_cursor");
  const answer = await read(position);
  const data = answer.rows.slice(0, limit);
  const last = data.at(-1);
  const more = answer.rows.length > limit && last !== undefined;
  return { data, next_cursor: more ? sealCursor(keys.cursor, scope, positionOf(last)) : null, answer };
}
