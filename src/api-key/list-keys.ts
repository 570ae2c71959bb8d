import type { Actor } from "../access/run-as.ts";
import { openCursor, sealCursor } from "../lib/cursor.ts";
import type { Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import type { ApiKey } from "./api-key.ts";
import { listLiveKeys } from "./queries.ts";

/** The caller's keys that can be used, newest first. @throws Problem `invalid_cursor`. */
export async function listKeys(
  deps: Pick<Deps, "db" | "clock" | "keys">,
  actor: Actor,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<{ data: ApiKey[]; next_cursor: string | null }> {
  const scope = `api-keys:${actor.userId}`;
  const position = cursor === undefined ? [] : openCursor(deps.keys.cursor, scope, cursor);
  if (!position) throw new Problem("invalid_cursor");
  const found = await listLiveKeys(deps, actor, { limit, before: position[0] });
  const data = found.slice(0, limit);
  const last = data.at(-1);
  const more = found.length > limit && last !== undefined;
  return { data, next_cursor: more ? sealCursor(deps.keys.cursor, scope, [last.id]) : null };
}
