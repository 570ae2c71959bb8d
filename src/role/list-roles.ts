import type { Actor } from "../access/run-as.ts";
import { type Page, type PageRequest, readPage } from "../page.ts";
import type { Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { listRoleRows } from "./queries.ts";
import type { Role } from "./role.ts";

/**
 * The roles there are, by name. @throws Problem `invalid_cursor`.
 * @public
 */
export async function listRoles(
  deps: Pick<Deps, "db" | "clock" | "keys">,
  actor: Actor,
  request: PageRequest,
): Promise<Page<Role> & { total_estimate: number }> {
  const scope = JSON.stringify(["roles", actor.userId]);
  const nameOf = (role: Role) => [role.name];
  const { answer, ...page } = await readPage(deps, scope, request, nameOf, async ([after]) => {
    const found = await listRoleRows(deps, actor, { limit: request.limit, after });
    if (!found) throw new Problem("not_allowed");
    return { rows: found.roles, total: found.total };
  });
  return { ...page, total_estimate: answer.total };
}
