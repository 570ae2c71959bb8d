import { type SQL, sql } from "drizzle-orm";
import { databaseNow, queryJson } from "../db/database.ts";
import type { SessionId, UserId } from "../ids.ts";
import type { Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import type { Impersonator } from "../token/grant.ts";
import { type Factors, stepUp } from "./assurance.ts";
import { factorsJson, isFresh, isSuspended, permissionsOf } from "./fragments.ts";
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
  /** The route asks for a recent authentication by the strongest factor the caller has. */
  readonly stepUp?: boolean;
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

type Answer<T> = {
  live: boolean;
  /** By any of the caller's roles, whether or not it counts in this session. */
  permitted: boolean;
  allowed: boolean;
  fresh: boolean;
  /** Of a caller who is refused. */
  factors: Factors;
  value: T | null;
};

/**
 * Runs one statement on behalf of `actor`. Session, epoch, user, permission and, where the route asks for it, how recent
 * the authentication is are checked in that same statement, so an end of session, a suspension or a demotion
 * bites on the next request. `ctes` build on `allowed(user_id, session_id, auth_time, acr, epoch)`, which is empty for
 * a refused actor, and end in `result`, of at most one row.
 * @returns the row of `result`, or undefined when it has none.
 * @throws Problem `invalid_token` when the session is not live, `not_allowed` without the permission,
 * `reauthentication_required` when the session is of too little for the permission or the route.
 * @public
 */
export async function runAs<T>(
  deps: Pick<Deps, "db" | "clock">,
  actor: Actor,
  ctes: SQL,
): Promise<T | undefined> {
  const now = databaseNow(deps.clock);
  const { permission } = actor;
  const isHeld = (level?: SQL) =>
    permission === "self" ? sql`true` : sql`${permission} = any(${permissionsOf(sql`u.id`, level)}::text[])`;
  const answer = await queryJson<Answer<T>>(
    deps.db,
    sql`with actor as materialized (
        select u.id as user_id, s.id as session_id, s.auth_time, s.acr, u.security_epoch as epoch,
          ${isHeld(sql`s.acr`)} as holds, ${actor.stepUp ? isFresh(sql`s`, sql`u`, now) : sql`true`} as fresh
        from ${liveSession(actor, now)}),
      allowed as (select * from actor where holds and fresh),
      ${ctes}
      select json_build_object('live', a.user_id is not null, 'allowed', a.holds and a.fresh, 'fresh', a.fresh,
        'permitted', a.holds or (not a.holds and (select ${isHeld()} from auth.users u where u.id = a.user_id)),
        'factors', case when not (a.holds and a.fresh) then (
          select ${factorsJson(sql`u`)} from auth.users u where u.id = a.user_id) end,
        'value', (select to_json(r) from result r)) as result
      from (select 1) one left join actor a on true`,
  );
  if (!answer?.live) throw new Problem("invalid_token");
  if (!answer.permitted) throw new Problem("not_allowed");
  // Recent, and not enough all the same: it is a role that asks for two factors.
  if (!answer.allowed) throw stepUp(answer.factors, { twoNeeded: answer.fresh });
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
      and 'users:impersonate' = any(${permissionsOf(sql`i.id`, sql`s.acr`)}::text[])
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
