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
export type Changed = {
  user: AdminUser | null;
  refused: "not_allowed" | "last_admin" | "unknown_role" | "conflict" | null;
};

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
 * CTEs for a change that one operator makes to a user. `operators` locks, in id order, every admin and
 * the caller with their roles: what another operator changed meanwhile is seen here, after the wait.
 * `verdict(id, refused)` is the user, locked as well, with what forbids the change.
 */
function decide(actor: Actor, id: string, now: SQL, further: SQL = sql``): SQL {
  return sql`operators as materialized (
      select u.id, ur.role from allowed a, auth.users u join auth.user_roles ur on ur.user_id = u.id
      where (ur.role = 'admin' or u.id = a.user_id) and not ${isSuspended(sql`u`, now)}
      order by u.id, ur.role for update of u, ur),
    target as materialized (
      select u.id, u.updated_at from allowed a join auth.users u on u.id = ${id}::uuid
      -- Always true, and not known before every operator is locked: the order of locks hangs on it.
      where (select count(*) from operators) >= 0 for update of u),
    verdict as materialized (
      select t.id, case
        when not exists (
          select 1 from operators o join auth.roles r on r.name = o.role
          where o.id = ${actor.userId}::uuid and ${actor.permission} = any(r.permissions)) then 'not_allowed'
        ${further} end as refused
      from target t)`;
}

/** A branch of the verdict: the change would leave nobody who can administer. */
const lastAdmin = sql`when exists (select 1 from operators where role = 'admin' and id = t.id)
  and not exists (select 1 from operators where role = 'admin' and id <> t.id) then 'last_admin'`;

export function replaceRoles(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  change: { id: string; roles: readonly string[] },
): Promise<Changed | undefined> {
  const now = databaseNow(deps.clock);
  const roles = [...new Set(change.roles)].sort();
  const keepsAdmin = roles.includes("admin");
  return runAs(
    deps,
    actor,
    sql`wanted as materialized (select unnest(${textArray(roles)}) as role),
    ${decide(
      actor,
      change.id,
      now,
      // A statement that waited sees the roles of before: what to remove would be told wrongly.
      sql`when t.updated_at <> (select updated_at from auth.users where id = t.id) then 'conflict'
        when exists (select 1 from wanted w where not exists (select 1 from auth.roles r where r.name = w.role))
          then 'unknown_role'
        ${keepsAdmin ? sql`` : lastAdmin}`,
    )},
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
    sql`${decide(actor, change.id, now, lastAdmin)},
    changed as (
      update auth.users u set status = 'suspended', suspended_reason = ${change.reason},
        suspended_until = ${change.until}::timestamptz, security_epoch = u.security_epoch + 1,
        updated_at = ${now}
      from verdict v where u.id = v.id and v.refused is null returning u.*),
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
      select v.refused, (select ${adminUserJson(sql`u`, now)} from changed u) as "user" from verdict v)`,
  );
}

export function markActive(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  id: string,
): Promise<Changed | undefined> {
  const now = databaseNow(deps.clock);
  return runAs(
    deps,
    actor,
    sql`${decide(actor, id, now)},
    changed as (
      update auth.users u set status = 'active', suspended_reason = null, suspended_until = null,
        updated_at = ${now}
      from verdict v where u.id = v.id and v.refused is null returning u.*),
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
): Promise<{ refused: Changed["refused"] } | undefined> {
  const now = databaseNow(deps.clock);
  return runAs(
    deps,
    actor,
    sql`${decide(actor, id, now)},
    changed as (
      update auth.users u set security_epoch = u.security_epoch + 1
      from verdict v where u.id = v.id and v.refused is null returning u.id),
    ${endSessions(now, "ended_by_admin", sql`changed c`, sql`s.user_id = c.id`)},
    ${recordEvent(deps, caller, {
      action: "user.sessions_ended",
      actor: sql`${actor.userId}::uuid`,
      subject: sql`c.id`,
      session: sql`${actor.sessionId}::uuid`,
      from: sql`changed c`,
    })},
    result as (select refused from verdict)`,
  );
}
