import type { Actor } from "../access/run-as.ts";
import type { AdminUser } from "../account/user.ts";
import { violatesReference } from "../lib/postgres-error.ts";
import type { Caller, Deps } from "../ports.ts";
import { existing, invalidField, Problem } from "../problems.ts";
import type { Created } from "./create-queries.ts";
import {
  type Changed,
  endAllSessionsOf,
  findUser,
  markActive,
  markSuspended,
  replaceRoles,
} from "./queries.ts";

type Needs = Pick<Deps, "db" | "clock" | "random">;
type Refusal = NonNullable<Changed["refused"] | Created["refused"]>;

/** @throws Problem `not_found`. */
export async function getUser(deps: Needs, actor: Actor, id: string): Promise<AdminUser> {
  return existing(await findUser(deps, actor, id)).user;
}

/**
 * Gives a user exactly these roles. Takes effect on the user's next request.
 * @throws Problem `not_found`, `not_allowed` for roles or a user beyond what the operator may, `invalid_fields`
 * for a role that does not exist, `last_admin`, or `conflict` when someone else changed the user or the role meanwhile.
 */
export async function setRoles(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  change: { id: string; roles: readonly string[] },
): Promise<AdminUser> {
  try {
    return unlessRefused(await replaceRoles(deps, caller, actor, change));
  } catch (error) {
    if (violatesReference(error)) throw new Problem("conflict", { cause: error }); // a role is gone
    throw error;
  }
}

/**
 * Suspends a user, until an instant or for good: every session ends at once and none can begin.
 * @throws Problem `not_found`, `not_allowed`, `conflict`, `last_admin`, `invalid_fields` for an end that has passed.
 */
export async function suspendUser(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  change: { id: string; reason: string | null; until: string | null },
): Promise<AdminUser> {
  const { until } = change;
  if (until !== null && Date.parse(until) <= deps.clock.now().getTime())
    throw invalidField("/until", "invalid");
  return unlessRefused(await markSuspended(deps, caller, actor, change));
}

/** Lets a suspended user sign in again; ended sessions stay ended. @throws Problem `not_found`, `not_allowed`, `conflict`. */
export async function reinstateUser(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  id: string,
): Promise<AdminUser> {
  return unlessRefused(await markActive(deps, caller, actor, id));
}

/** Ends every session of a user and every sign-in in progress. @throws Problem `not_found`, `not_allowed`, `conflict`. */
export async function endUserSessions(deps: Needs, caller: Caller, actor: Actor, id: string): Promise<void> {
  const { refused } = existing(await endAllSessionsOf(deps, caller, actor, id));
  if (refused) throw refusal(refused);
}

/** The user of a change that was made. @throws Problem what it was refused for, `not_found` without an answer. */
export function unlessRefused(
  changed: { user: AdminUser | null; refused: Refusal | null } | undefined,
): AdminUser {
  const { user, refused } = existing(changed);
  if (refused) throw refusal(refused);
  return existing(user ?? undefined);
}

export function refusal(reason: Refusal): Problem {
  return reason === "unknown_role" ? invalidField("/roles", "invalid") : new Problem(reason);
}
