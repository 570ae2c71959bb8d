import type { Actor } from "../access/run-as.ts";
import { openCursor, sealCursor } from "../lib/cursor.ts";
import type { Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { listOwnPasskeys, type Passkey } from "./queries.ts";

/** The caller's passkeys, newest first. @throws Problem `invalid_cursor`. */
export async function listPasskeys(
  deps: Pick<Deps, "db" | "clock" | "keys">,
  actor: Actor,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<{ data: Passkey[]; next_cursor: string | null }> {
  const scope = `passkeys:${actor.userId}`;
  const position = cursor === undefined ? [] : openCursor(deps.keys.cursor, scope, cursor);
  if (!position) throw new Problem("invalid_cursor");
  const found = await listOwnPasskeys(deps, actor, { limit, before: position[0] });
  const data = found.slice(0, limit);
  const last = data.at(-1);
  const more = found.length > limit && last !== undefined;
  return { data, next_cursor: more ? sealCursor(deps.keys.cursor, scope, [last.id]) : null };
}
