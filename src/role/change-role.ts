import type { Actor } from "../access/run-as.ts";
import { violatesReference } from "../lib/postgres-error.ts";
import type { Caller, Deps } from "../ports.ts";
import { existing, Problem } from "../problems.ts";
import { type Changed, insertRole, removeRole, replacePermissions } from "./queries.ts";
import type { Role } from "./role.ts";

type Needs = Pick<Deps, "db" | "clock" | "random">;
type Wanted = { name: string; permissions: readonly string[] };

/**
 * Makes a role. Nobody makes one that allows more than they may.
 * @throws Problem `not_allowed`, `conflict` when there is one of the name.
 */
export async function createRole(deps: Needs, caller: Caller, actor: Actor, role: Wanted): Promise<Role> {
  return existing(unlessRefused(await insertRole(deps, caller, actor, tidy(role))).role);
}

/**
 * Gives a role exactly these permissions. It counts on the next request of everyone who has the role.
 * @throws Problem `not_found`, `not_allowed`, also for the role that every sign-up gives, `last_admin` for the role
 * that may do all.
 */
export async function changeRole(deps: Needs, caller: Caller, actor: Actor, role: Wanted): Promise<Role> {
  return existing(unlessRefused(await replacePermissions(deps, caller, actor, tidy(role))).role);
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

function tidy({ name, permissions }: Wanted): Wanted {
  return { name, permissions: [...new Set(permissions)].sort() };
}

function unlessRefused(changed: Changed | undefined): Changed {
  const { refused } = existing(changed);
  if (refused) throw new Problem(refused);
  return existing(changed);
}
