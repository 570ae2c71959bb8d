import { type SQL, sql } from "drizzle-orm";
import { isSuspended } from "../access/fragments.ts";
import { type Actor, runAs } from "../access/run-as.ts";
import { adminUserJson } from "../account/fragments.ts";
import type { AdminUser } from "../account/user.ts";
import { recordEvent } from "../audit/fragments.ts";
import { databaseNow, textArray } from "../db/database.ts";
import type { Caller, Deps } from "../ports.ts";
import { endSessions } from "../session/fragments.ts";

type Needs = Pick<Deps, "db" | "clock" | "random">;

/** A changed user, or why it was not changed. No answer at all: there is no such user. */
export type Changed = { user: AdminUser | null; refused: "last_admin" | "unknown_role" | null };

export function findUser(
  deps: Pick<Deps, "db" | "clock">,
  actor: Actor,
  id: string,
): Promise<{ user: AdminUser } | undefined> {
  return runAs(
    deps,
    actor,
    sql`result as (select ${adminUserJson(sql`u`, databaseNow(deps.clock))} as "user"
      from allowed a join auth.users u on u.id = ${id}::uuid)`,
  );
}

/**
 * CTEs `admins`, all who can administer, locked in id order, and `target`, the user to be changed,
 * with whether that would leave nobody. A second change that waited here sees the first one's.
 */
function guardLastAdmin(id: string, now: SQL): SQL {
  return sql`admins as materialized (
      select u.id from auth.users u join auth.user_roles ur on ur.user_id = u.id and ur.role = 'admin'
      where exists (select 1 from allowed) and not ${isSuspended(sql`u`, now)}
      order by u.id for update of u, ur),
    target as (
      select u.id, exists (select 1 from admins where id = u.id)
        and not exists (select 1 from admins where id <> u.id) as is_last_admin
      from allowed a join auth.users u on u.id = ${id}::uuid)`;
}

export function replaceRoles(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  change: { id: string; roles: readonly string[] },
): Promise<Changed | undefined> {
  const now = databaseNow(deps.clock);
  const roles = [...new Set(change.roles)].sort();
  return runAs(
    deps,
    actor,
    sql`${guardLastAdmin(change.id, now)},
    wanted as materialized (select unnest(${textArray(roles)}) as role),
    verdict as materialized (
      select t.id, case
        when exists (select 1 from wanted w where not exists (select 1 from auth.roles r where r.name = w.role))
          then 'unknown_role'
        when t.is_last_admin and not exists (select 1 from wanted where role = 'admin') then 'last_admin'
        end as refused
      from target t),
    removed as (
      delete from auth.user_roles ur using verdict v
      where ur.user_id = v.id and v.refused is null and ur.role not in (select role from wanted)),
    added as (
      insert into auth.user_roles (user_id, role)
      select v.id, w.role from verdict v, wanted w where v.refused is null
      on conflict do nothing),
    changed as (
      update auth.users u set updated_at = ${now} from verdict v
      where u.id = v.id and v.refused is null returning u.*),
    ${recordEvent(deps, caller, {
      action: "user.roles_changed",
      actor: sql`${actor.userId}::uuid`,
      subject: sql`c.id`,
      session: sql`${actor.sessionId}::uuid`,
      from: sql`changed c`,
      text: roles.join(" "),
    })},
    result as (
      select v.refused, (select ${adminUserJson(sql`u`, now, textArray(roles))} from changed u) as "user"
      from verdict v)`,
  );
}

/** Suspends and, by the epoch, ends every session and proof in progress. */
export function markSuspended(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  change: { id: string; reason: string | null; until: string | null },
): Promise<Changed | undefined> {
  const now = databaseNow(deps.clock);
  return runAs(
    deps,
    actor,
    sql`${guardLastAdmin(change.id, now)},
    changed as (
      update auth.users u set status = 'suspended', suspended_reason = ${change.reason},
        suspended_until = ${change.until}::timestamptz, security_epoch = u.security_epoch + 1,
        updated_at = ${now}
      from target t where u.id = t.id and not t.is_last_admin returning u.*),
    ${endSessions(now, "suspended", sql`changed c`, sql`s.user_id = c.id`)},
    ${recordEvent(deps, caller, {
      action: "user.suspended",
      actor: sql`${actor.userId}::uuid`,
      subject: sql`c.id`,
      session: sql`${actor.sessionId}::uuid`,
      from: sql`changed c`,
      ...(change.reason && { text: change.reason }),
    })},
    result as (
      select case when t.is_last_admin then 'last_admin' end as refused,
        (select ${adminUserJson(sql`u`, now)} from changed u) as "user"
      from target t)`,
  );
}

export function markActive(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  id: string,
): Promise<{ user: AdminUser } | undefined> {
  const now = databaseNow(deps.clock);
  return runAs(
    deps,
    actor,
    sql`changed as (
      update auth.users u set status = 'active', suspended_reason = null, suspended_until = null,
        updated_at = ${now}
      from allowed a where u.id = ${id}::uuid returning u.*),
    ${recordEvent(deps, caller, {
      action: "user.reinstated",
      actor: sql`${actor.userId}::uuid`,
      subject: sql`c.id`,
      session: sql`${actor.sessionId}::uuid`,
      from: sql`changed c`,
    })},
    result as (select ${adminUserJson(sql`u`, now)} as "user" from changed u)`,
  );
}

/** Ends every session of a user. Undefined when there is no such user. */
export function endAllSessionsOf(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  id: string,
): Promise<{ id: string } | undefined> {
  const now = databaseNow(deps.clock);
  return runAs(
    deps,
    actor,
    sql`changed as (
      update auth.users u set security_epoch = u.security_epoch + 1
      from allowed a where u.id = ${id}::uuid returning u.id),
    ${endSessions(now, "ended_by_admin", sql`changed c`, sql`s.user_id = c.id`)},
    ${recordEvent(deps, caller, {
      action: "user.sessions_ended",
      actor: sql`${actor.userId}::uuid`,
      subject: sql`c.id`,
      session: sql`${actor.sessionId}::uuid`,
      from: sql`changed c`,
    })},
    result as (select id from changed)`,
  );
}
