import type { Actor } from "../access/run-as.ts";
import { openCursor, sealCursor } from "../lib/cursor.ts";
import { describeDevice } from "../lib/device.ts";
import type { Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { listLiveSessions, type SessionRow } from "./queries.ts";

/**
 * A session as its owner or an operator sees it (contract: objects).
 * @public
 */
export type SessionView = SessionRow & {
  device: string | null;
  browser: string | null;
  os: string | null;
};

/** @public */
export type Page<T> = { data: T[]; next_cursor: string | null };

/**
 * The live sessions of a user, newest first: the caller's own, or any user's for an operator.
 * @throws Problem `invalid_cursor`, `not_found` when there is no such user.
 * @public
 */
export async function listSessions(
  deps: Pick<Deps, "db" | "clock" | "keys">,
  actor: Actor,
  input: { userId: string; limit: number; cursor: string | undefined },
): Promise<Page<SessionView> & { total: number }> {
  const scope = `sessions:${input.userId}`;
  const position = input.cursor === undefined ? [] : openCursor(deps.keys.cursor, scope, input.cursor);
  if (!position) throw new Problem("invalid_cursor");
  const found = await listLiveSessions(deps, actor, { ...input, before: position[0] });
  if (!found) throw new Problem("not_found");
  const page = found.sessions.slice(0, input.limit);
  const last = page.at(-1);
  const more = found.sessions.length > input.limit && last !== undefined;
  return {
    data: page.map((row) => ({ ...row, ...describeDevice(row.user_agent) })),
    total: found.total,
    next_cursor: more ? sealCursor(deps.keys.cursor, scope, [last.id]) : null,
  };
}
