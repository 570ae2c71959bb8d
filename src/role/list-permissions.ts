import { type Permission, permissions } from "../access/permissions.ts";
import { type Actor, checkAllowed } from "../access/run-as.ts";
import { openCursor, sealCursor } from "../lib/cursor.ts";
import type { Deps } from "../ports.ts";
import { Problem } from "../problems.ts";

type Described = { name: Permission; description: string };
type PermissionPage = { data: Described[]; next_cursor: string | null; total_estimate: number };

const all = Object.entries(permissions).map(([name, description]) => ({
  name: name as Permission,
  description,
}));

/** Every permission a role can own, and what it allows. @throws Problem `invalid_cursor`. */
export async function listPermissions(
  deps: Pick<Deps, "db" | "clock" | "keys">,
  actor: Actor,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<PermissionPage> {
  const scope = JSON.stringify(["permissions", actor.userId]);
  const position = cursor === undefined ? [] : openCursor(deps.keys.cursor, scope, cursor);
  if (!position) throw new Problem("invalid_cursor");
  await checkAllowed(deps, actor);
  const start = all.findIndex(({ name }) => name === position[0]) + 1;
  const data = all.slice(start, start + limit);
  const last = data.at(-1);
  const more = start + limit < all.length && last !== undefined;
  return {
    data,
    next_cursor: more ? sealCursor(deps.keys.cursor, scope, [last.name]) : null,
    total_estimate: all.length,
  };
}
