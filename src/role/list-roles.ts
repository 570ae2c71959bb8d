import type { Actor } from "../access/run-as.ts";
import { openCursor, sealCursor } from "../lib/cursor.ts";
import type { Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { listRoleRows } from "./queries.ts";
import type { Role } from "./role.ts";

type RolePage = { data: Role[]; next_cursor: string | null; total_estimate: number };

/** The roles there are, by name. @throws Problem `invalid_cursor`. */
export async function listRoles(
  deps: Pick<Deps, "db" | "clock" | "keys">,
  actor: Actor,
  input: { limit: number; cursor: string | undefined },
): Promise<RolePage> {
  const scope = JSON.stringify(["roles", actor.userId]);
  const position = input.cursor === undefined ? [] : openCursor(deps.keys.cursor, scope, input.cursor);
  if (!position) throw new Problem("invalid_cursor");
  const found = await listRoleRows(deps, actor, { limit: input.limit, after: position[0] });
  if (!found) throw new Problem("not_allowed");
  const data = found.roles.slice(0, input.limit);
  const last = data.at(-1);
  const more = found.roles.length > input.limit && last !== undefined;
  return {
    data,
    next_cursor: more ? sealCursor(deps.keys.cursor, scope, [last.name]) : null,
    total_estimate: found.total,
  };
}
