import { type SQL, sql } from "drizzle-orm";
import { databaseNow, queryJson } from "../db/database.ts";
import type { SessionId, UserId } from "../ids.ts";
import type { Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
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
};

/**
 * Runs one statement on behalf of `actor`. Session, epoch, user and permission are checked in that
 * same statement, so an end of session, a suspension or a demotion bites on the next request.
 * `ctes` build on `allowed(user_id, session_id, auth_time)`, which is empty for a refused actor, and
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
  const now = databaseNow(deps.clock);
  const permitted =
    actor.permission === "self"
      ? sql`true`
      : sql`${actor.permission} = any(${permissionsOf(sql`u.id`)}::text[])`;
  const answer = await queryJson<{ live: boolean; allowed: boolean; value: T | null }>(
    deps.db,
    sql`with actor as materialized (
        select u.id as user_id, s.id as session_id, s.auth_time, ${permitted} as allowed
        from auth.sessions s join auth.users u on u.id = s.user_id
        where s.id = ${actor.sessionId}::uuid and u.id = ${actor.userId}::uuid
          and s.ended_at is null and s.expires_at > ${now} and s.epoch = u.security_epoch
          and not ${isSuspended(sql`u`, now)}),
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
