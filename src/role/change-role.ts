import type { Actor } from "../access/run-as.ts";
import { violatesReference } from "../lib/postgres-error.ts";
import type { Caller, Deps } from "../ports.ts";
import { existing, Problem } from "../problems.ts";
import { type Changed, insertRole, removeRole, updateRole } from "./queries.ts";
import type { Role, RoleChange } from "./role.ts";

type Needs = Pick<Deps, "db" | "clock" | "random">;

/**
 * Makes a role. Nobody makes one that allows more than they may.
 * @throws Problem `not_allowed`, `conflict` when there is one of the name.
 */
export async function createRole(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  { name, permissions, mfa_required = false }: RoleChange & { permissions: readonly string[] },
): Promise<Role> {
  const role = { name, permissions: tidy(permissions), mfa_required };
  return existing(unlessRefused(await insertRole(deps, caller, actor, role)).role);
}

/**
 * Gives a role exactly these permissions, and has it count in sessions of two factors only, or in all. It counts on the
 * next request of everyone who has the role.
 * @throws Problem `not_found`, `not_allowed`, also for the role that every sign-up gives, `last_admin` for the
 * permissions of the role that may do all, `conflict` when it shall take two factors by the word of who has shown one.
 */
export async function changeRole(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  { permissions, ...rest }: RoleChange,
): Promise<Role> {
  const change = { ...rest, permissions: permissions && tidy(permissions) };
  return existing(unlessRefused(await updateRole(deps, caller, actor, change)).role);
}

/**
 * Deletes a role and takes it from everyone who has it.
 * @throws Problem as `changeRole`, and `conflict` for a role that too many hold or that somebody was given meanwhile.
 */
export async function deleteRole(deps: Needs, caller: Caller, actor: Actor, name: string): Promise<void> {
  try {
    unlessRefused(await removeRole(deps, caller, actor, name));
  } catch (error) {
    if (violatesReference(error)) throw new Problem("conflict", { cause: error });
    throw error;
  }
}

function tidy(permissions: readonly string[]): string[] {
  return [...new Set(permissions)].sort();
}

function unlessRefused(changed: Changed | undefined): Changed {
  const { refused } = existing(changed);
  if (refused) throw new Problem(refused);
  return existing(changed);
}
