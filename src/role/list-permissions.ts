import { type Permission, permissions } from "../access/permissions.ts";
import { type Actor, checkAllowed } from "../access/run-as.ts";
import type { Deps } from "../ports.ts";

type PermissionPage = {
  data: { name: Permission; description: string }[];
  next_cursor: null;
  total_estimate: number;
};

/** Every permission a role can own, and what it allows. There are few, so it is always one page. */
export async function listPermissions(
  deps: Pick<Deps, "db" | "clock">,
  actor: Actor,
): Promise<PermissionPage> {
  await checkAllowed(deps, actor);
  const data = Object.entries(permissions).map(([name, description]) => ({
    name: name as Permission,
    description,
  }));
  return { data, next_cursor: null, total_estimate: data.length };
}
