import { type SQL, sql } from "drizzle-orm";
import { acr } from "../access/assurance.ts";
import { lockOperators } from "../access/operator-queries.ts";
import { type Actor, runAs } from "../access/run-as.ts";
import { recordEvent } from "../audit/fragments.ts";
import { databaseNow, textArray, wireTime } from "../db/database.ts";
import type { Caller, Deps } from "../ports.ts";
import type { Role, RoleChange } from "./role.ts";

type Needs = Pick<Deps, "db" | "clock" | "random">;

/** A role after a change, or why there was none. No answer at all: there is no such role. */
export type Changed = { role: Role | null; refused: "not_allowed" | "last_admin" | "conflict" | null };

/** More holders than one statement can take a role from within its time. */
const mostHolders = 20_000;

function roleJson(r: SQL): SQL {
  return sql`json_build_object('name', ${r}.name, 'permissions', to_json(${r}.permissions),
    'mfa_required', ${r}.mfa_required, 'created_at', ${wireTime(sql`${r}.created_at`)})`;
}

/** Up to `limit` + 1 roles by name, and how many there are. */
export function listRoleRows(
  deps: Pick<Deps, "db" | "clock">,
  actor: Actor,
  page: { limit: number; after: string | undefined },
): Promise<{ roles: Role[]; total: number } | undefined> {
  return runAs(
    deps,
    actor,
    sql`page as (
      select r.* from allowed, auth.roles r where r.name > ${page.after ?? ""}
      order by r.name limit ${page.limit + 1}::int),
    result as (
      select coalesce((select json_agg(${roleJson(sql`r`)} order by r.name) from page r), '[]') as roles,
        (select count(*)::int from auth.roles) as total from allowed)`,
  );
}

/** Makes a role of permissions that the caller holds. Refused with `conflict` when there is one of the name. */
export function insertRole(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  role: RoleChange & { permissions: readonly string[]; mfa_required: boolean },
): Promise<Changed | undefined> {
  const now = databaseNow(deps.clock);
  const wanted = sql`(${textArray(role.permissions)})::text[]`;
  return runAs(
    deps,
    actor,
    sql`${lockOperators(actor, now)},
    verdict as materialized (
      select ${role.name}::text as name, case
        when not ${actor.permission} = any(h.permissions) or not ${wanted} <@ h.permissions then 'not_allowed'
        end as refused
      from held h),
    changed as (
      insert into auth.roles as r (name, permissions, mfa_required, created_at)
      select v.name, ${wanted}, ${role.mfa_required}::boolean, ${now} from verdict v where v.refused is null
      on conflict (name) do nothing returning r.*),
    ${roleEvent(deps, caller, actor, "role.created", role)},
    result as (
      select coalesce(v.refused, case when not exists (select 1 from changed) then 'conflict' end) as refused,
        (select ${roleJson(sql`r`)} from changed r) as role from verdict v)`,
  );
}

/**
 * Gives a role exactly these permissions, or has it take two factors: what it had and what it gets must be the
 * caller's too.
 */
export function updateRole(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  role: RoleChange,
): Promise<Changed | undefined> {
  const { permissions, mfa_required: mfaRequired } = role;
  const wanted = permissions ? sql`(${textArray(permissions)})::text[]` : sql`r.permissions`;
  const required = mfaRequired === undefined ? sql`r.mfa_required` : sql`${mfaRequired}::boolean`;
  return runAs(
    deps,
    actor,
    sql`${decideOnRole(deps, actor, role.name, {
      ofAdmin: permissions ? lastAdmin : unlessByTwo(required),
      further: sql`when not ${wanted} <@ h.permissions then 'not_allowed'`,
    })},
    changed as (
      update auth.roles r set permissions = ${wanted}, mfa_required = ${required} from verdict v
      where r.name = v.name and v.refused is null returning r.*),
    ${roleEvent(deps, caller, actor, "role.changed", role)},
    result as (
      select v.refused, (select ${roleJson(sql`r`)} from changed r) as role from verdict v)`,
  );
}

/** Deletes a role and takes it from everyone who has it. */
export function removeRole(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  name: string,
): Promise<Changed | undefined> {
  const holders = sql`(select count(*) from (
    select 1 from auth.user_roles ur where ur.role = r.name limit ${mostHolders + 1}::int) few)`;
  return runAs(
    deps,
    actor,
    sql`${decideOnRole(deps, actor, name, {
      ofAdmin: lastAdmin,
      further: sql`when ${holders} > ${mostHolders}::int then 'conflict'`,
    })},
    taken as (
      delete from auth.user_roles ur using verdict v where ur.role = v.name and v.refused is null returning 1),
    changed as (
      delete from auth.roles r using verdict v where r.name = v.name and v.refused is null returning r.*),
    ${roleEvent(deps, caller, actor, "role.deleted", { name })},
    result as (
      select v.refused, (select ${roleJson(sql`r`)} from changed r) as role from verdict v)`,
  );
}

/** The role `admin` may do what it may, or nobody might be left who can give back what it loses. */
const lastAdmin = sql`when r.name = 'admin' then 'last_admin'`;

/** Whether admins must show two factors is set by one who has, so that somebody is left who can administer. */
function unlessByTwo(required: SQL): SQL {
  return sql`when r.name = 'admin' and ${required} <> r.mfa_required
          and not exists (select 1 from present where acr = ${acr.two}) then 'conflict'`;
}

/**
 * CTEs `verdict(name, refused)`: the role, locked, with what forbids its change. The role `user`, which every sign-up
 * gives, stays as it is.
 */
function decideOnRole(
  deps: Pick<Deps, "clock">,
  actor: Actor,
  name: string,
  { ofAdmin, further }: { ofAdmin: SQL; further: SQL },
): SQL {
  return sql`${lockOperators(actor, databaseNow(deps.clock))},
    target as materialized (
      select r.name, r.permissions, r.mfa_required from allowed, auth.roles r
      where r.name = ${name} and (select count(*) from operators) >= 0 for update of r),
    verdict as materialized (
      select r.name, case
        when not ${actor.permission} = any(h.permissions) or not r.permissions <@ h.permissions then 'not_allowed'
        ${ofAdmin}
        when r.name = 'user' then 'not_allowed'
        ${further} end as refused
      from target r, held h)`;
}

function roleEvent(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  action: string,
  { name, permissions, mfa_required: mfaRequired }: RoleChange,
): SQL {
  const may = permissions?.length === 0 ? ["no permissions"] : (permissions ?? []);
  const takes = mfaRequired === undefined ? [] : [mfaRequired ? "mfa" : "no mfa"];
  return recordEvent(deps, caller, {
    action,
    outcome: sql`case when v.refused is null then 'success' else 'denied' end`,
    actor: sql`${actor.userId}::uuid`,
    session: sql`${actor.sessionId}::uuid`,
    from: sql`verdict v where v.refused is not null or exists (select 1 from changed)`,
    text: [name, ...may, ...takes].join(" "),
  });
}
