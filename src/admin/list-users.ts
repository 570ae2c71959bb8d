import type { Actor } from "../access/run-as.ts";
import type { AdminUser } from "../account/user.ts";
import { openCursor, sealCursor } from "../lib/cursor.ts";
import type { Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import type { Page } from "../session/list-sessions.ts";
import { listMatchingUsers } from "./list-queries.ts";
import type { UserFilter, UserSort } from "./user-filter-queries.ts";

type SignedSort = UserSort | `-${UserSort}`;

/**
 * One page of the users that match every given filter. A cursor is good for the operator, the sort
 * and the filters it was issued under.
 * @throws Problem `invalid_cursor`.
 */
export async function listUsers(
  deps: Pick<Deps, "db" | "clock" | "keys">,
  actor: Actor,
  input: { filter: UserFilter; sort: SignedSort; limit: number; cursor: string | undefined },
): Promise<Page<AdminUser> & { total_estimate: number }> {
  const { filter, sort, limit, cursor } = input;
  const scope = JSON.stringify(["users", actor.userId, sort, filter]);
  const after = cursor === undefined ? undefined : openCursor(deps.keys.cursor, scope, cursor);
  if (cursor !== undefined && !after) throw new Problem("invalid_cursor");
  const found = await listMatchingUsers(deps, actor, {
    filter,
    sort: sort.replace("-", "") as UserSort,
    descending: sort.startsWith("-"),
    limit,
    after,
  });
  if (!found) throw new Problem("not_allowed");
  const page = found.users.slice(0, limit);
  const last = page.at(-1);
  const more = found.users.length > limit && last !== undefined;
  return {
    data: page.map(({ user }) => user),
    next_cursor: more ? sealCursor(deps.keys.cursor, scope, [last.key, last.user.id]) : null,
    total_estimate: found.total,
  };
}
