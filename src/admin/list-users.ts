import type { Actor } from "../access/run-as.ts";
import type { AdminUser } from "../account/user.ts";
import { type Page, type PageRequest, readPage } from "../page.ts";
import type { Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { listEveryUser, listMatchingUsers } from "./list-queries.ts";
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
  { filter, sort, ...request }: PageRequest & { filter: UserFilter; sort: SignedSort },
): Promise<Page<AdminUser> & { total_estimate: number }> {
  const scope = JSON.stringify(["users", actor.userId, sort, filter]);
  type Row = { key: string; user: AdminUser };
  const keyOf = ({ key, user }: Row) => [key, user.id];
  const { answer, data, next_cursor } = await readPage(deps, scope, request, keyOf, async (after) => {
    const page = {
      sort: sort.replace("-", "") as UserSort,
      descending: sort.startsWith("-"),
      limit: request.limit,
      after: after.length > 0 ? after : undefined,
    };
    const isOfAll = Object.values(filter).every((value) => value === undefined);
    const found = isOfAll
      ? await listEveryUser(deps, actor, page)
      : await listMatchingUsers(deps, actor, { ...page, filter });
    if (!found) throw new Problem("not_allowed");
    return { rows: found.users, total: found.total };
  });
  return { data: data.map(({ user }) => user), next_cursor, total_estimate: answer.total };
}
