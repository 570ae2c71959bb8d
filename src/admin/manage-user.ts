import type { Actor } from "../access/run-as.ts";
import type { AdminUser } from "../account/user.ts";
import type { Caller, Deps } from "../ports.ts";
import { invalidField, Problem } from "../problems.ts";
import {
  type Changed,
  endAllSessionsOf,
  findUser,
  markActive,
  markSuspended,
  replaceRoles,
} from "./queries.ts";

type Needs = Pick<Deps, "db" | "clock" | "random">;

/** @throws Problem `not_found`. */
export async function getUser(deps: Needs, actor: Actor, id: string): Promise<AdminUser> {
  return existing(await findUser(deps, actor, id)).user;
}

/**
 * Gives a user exactly these roles. Takes effect on the user's next request.
 * @throws Problem `not_found`, `invalid_fields` for a role that does not exist, `last_admin`, or
 * `conflict` when someone else changed the user meanwhile.
 */
export async function setRoles(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  change: { id: string; roles: readonly string[] },
): Promise<AdminUser> {
  return unlessRefused(await replaceRoles(deps, caller, actor, change));
}

/**
 * Suspends a user, until an instant or for good: every session ends at once and none can begin.
 * @throws Problem `not_found`, `last_admin`, `invalid_fields` for an end that has passed.
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

/** Lets a suspended user sign in again; sessions that were ended stay ended. @throws Problem `not_found`. */
export async function reinstateUser(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  id: string,
): Promise<AdminUser> {
  return unlessRefused(await markActive(deps, caller, actor, id));
}

/** Ends every session of a user and every sign-in in progress. @throws Problem `not_found`. */
export async function endUserSessions(deps: Needs, caller: Caller, actor: Actor, id: string): Promise<void> {
  const { refused } = existing(await endAllSessionsOf(deps, caller, actor, id));
  if (refused) throw refusal(refused);
}

function existing<T>(found: T | undefined): T {
  if (!found) throw new Problem("not_found");
  return found;
}

function unlessRefused(changed: Changed | undefined): AdminUser {
  const { user, refused } = existing(changed);
  if (refused) throw refusal(refused);
  return existing(user ?? undefined);
}

function refusal(reason: NonNullable<Changed["refused"]>): Problem {
  return reason === "unknown_role" ? invalidField("/roles", "invalid") : new Problem(reason);
}
