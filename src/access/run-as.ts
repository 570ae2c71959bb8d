import { type SQL, sql } from "drizzle-orm";
import { databaseNow, queryJson } from "../db/database.ts";
import type { SessionId, UserId } from "../ids.ts";
import type { Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import type { Impersonator } from "../token/grant.ts";
import { isSuspended, permissionsOf } from "./fragments.ts";
import type { Permission } from "./permissions.ts";

/**
 * Who asks, by a verified access token, and what the route requires of them. `permission` is
 * `self` where the route serves the caller's own account.
 * @public
 */
export type Actor = {
  readonly userId: UserId;
  readonly sessionId: SessionId;
  readonly permission: Permission | "self";
  /** Who acts as the user, in a session of their own, where the route lets them. */
  readonly impersonator?: Impersonator;
};

/**
 * Who answers for what the actor does: the user, or whoever acts as them.
 * @public
 */
export function answerable(actor: Actor): UserId {
  return actor.impersonator?.userId ?? actor.userId;
}

/**
 * Runs one statement on behalf of `actor`. Session, epoch, user and permission are checked in that
 * same statement, so an end of session, a suspension or a demotion bites on the next request.
 * `ctes` build on `allowed(user_id, session_id, auth_time, epoch)`, which is empty for a refused actor, and
 * end in `result`, of at most one row.
 * @returns the row of `result`, or undefined when it has none.
 * @throws Problem `invalid_token` when the session is not live, `not_allowed` without the permission.
 * @public
 */
export async function runAs<T>(
  deps: Pick<Deps, "db" | "clock">,
  actor: Actor,
  ctes: SQL,
): Promise<T | undefined> {
  const permitted =
    actor.permission === "self"
      ? sql`true`
      : sql`${actor.permission} = any(${permissionsOf(sql`u.id`)}::text[])`;
  const answer = await queryJson<{ live: boolean; allowed: boolean; value: T | null }>(
    deps.db,
    sql`with actor as materialized (
        select u.id as user_id, s.id as session_id, s.auth_time, u.security_epoch as epoch, ${permitted} as allowed
        from ${liveSession(actor, databaseNow(deps.clock))}),
      allowed as (select * from actor where allowed),
      ${ctes}
      select json_build_object(
        'live', exists (select 1 from actor), 'allowed', exists (select 1 from allowed),
        'value', (select to_json(r) from result r)) as result`,
  );
  if (!answer?.live) throw new Problem("invalid_token");
  if (!answer.allowed) throw new Problem("not_allowed");
  return answer.value ?? undefined;
}

/** The session row `s` of a live actor, and the user `u` whom they are or act as. */
function liveSession({ userId, sessionId, impersonator }: Actor, now: SQL): SQL {
  const live = (u: SQL) => sql`s.ended_at is null and s.expires_at > ${now} and s.epoch = ${u}.security_epoch
    and not ${isSuspended(u, now)}`;
  if (!impersonator) {
    return sql`auth.sessions s join auth.users u on u.id = s.user_id
      where s.id = ${sessionId}::uuid and u.id = ${userId}::uuid and ${live(sql`u`)}`;
  }
  // The session is the impersonator's, who must still be allowed, and the user still who they were.
  return sql`auth.sessions s join auth.users i on i.id = s.user_id, auth.users u
    where s.id = ${sessionId}::uuid and i.id = ${impersonator.userId}::uuid and ${live(sql`i`)}
      and 'users:impersonate' = any(${permissionsOf(sql`i.id`)}::text[])
      and u.id = ${userId}::uuid and u.security_epoch = ${impersonator.subjectEpoch}::int
      and not ${isSuspended(sql`u`, now)} and ${permissionsOf(sql`u.id`)}::text[] = '{}'`;
}

/**
 * Whether the caller may, where there is nothing else to ask the database.
 * @throws Problem as `runAs`.
 * @public
 */
export async function checkAllowed(deps: Pick<Deps, "db" | "clock">, actor: Actor): Promise<void> {
  await runAs(deps, actor, sql`result as (select 1 as ok from allowed)`);
}
