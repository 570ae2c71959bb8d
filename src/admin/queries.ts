import { sql } from "drizzle-orm";
import { mayHandOut, nextEpoch } from "../access/fragments.ts";
import { decideOnUser, lockRoles, unlessLastAdmin } from "../access/operator-queries.ts";
import { type Actor, runAs } from "../access/run-as.ts";
import { adminUserJson } from "../account/fragments.ts";
import type { AdminUser } from "../account/user.ts";
import { revokeKeys } from "../api-key/fragments.ts";
import { operatorEvent } from "../audit/fragments.ts";
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

export function replaceRoles(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  change: { id: string; roles: readonly string[] },
): Promise<Changed | undefined> {
  const now = databaseNow(deps.clock);
  const roles = [...new Set(change.roles)].sort();
  const names = textArray(roles);
  const keepsAdmin = roles.includes("admin");
  return runAs(
    deps,
    actor,
    sql`wanted as materialized (select unnest(${names}) as role),
    ${decideOnUser(actor, change.id, now, {
      before: sql`${lockRoles(names)},`,
      // A statement that waited sees the roles of before: what to remove would be told wrongly.
      further: sql`when t.updated_at <> (select updated_at from auth.users where id = t.id) then 'conflict'
        when exists (select role from wanted except select name from given) then 'unknown_role'
        when not (${mayHandOut(names, sql`h.permissions`, sql`given`)}) then 'not_allowed'
        ${keepsAdmin ? sql`` : unlessLastAdmin}`,
    })},
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
    ${operatorEvent(deps, caller, actor, "user.roles_changed", roles.join(" "))},
    result as (
      select v.refused, (select ${adminUserJson(sql`u`, now, names)} from changed u) as "user"
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
    sql`${decideOnUser(actor, change.id, now, { further: unlessLastAdmin })},
    changed as (
      update auth.users u set status = 'suspended', suspended_reason = ${change.reason},
        suspended_until = ${change.until}::timestamptz, ${nextEpoch(now, "keys too")},
        updated_at = ${now}
      from verdict v where u.id = v.id and v.refused is null returning u.*),
    ${endSessions(now, "suspended", sql`changed c`, sql`s.user_id = c.id`)},
    ${revokeKeys(now, sql`changed c`)},
    ${operatorEvent(deps, caller, actor, "user.suspended", change.reason)},
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
    sql`${decideOnUser(actor, id, now)},
    changed as (
      update auth.users u set status = 'active', suspended_reason = null, suspended_until = null,
        updated_at = ${now}
      from verdict v where u.id = v.id and v.refused is null returning u.*),
    ${operatorEvent(deps, caller, actor, "user.reinstated")},
    result as (
      select v.refused, (select ${adminUserJson(sql`u`, now)} from changed u) as "user" from verdict v)`,
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
    sql`${decideOnUser(actor, id, now)},
    changed as (
      update auth.users u set ${nextEpoch(now)}
      from verdict v where u.id = v.id and v.refused is null returning u.id),
    ${endSessions(now, "ended_by_admin", sql`changed c`, sql`s.user_id = c.id`)},
    ${operatorEvent(deps, caller, actor, "user.sessions_ended")},
    result as (select refused from verdict)`,
  );
}
