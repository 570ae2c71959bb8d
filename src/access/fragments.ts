import { type SQL, sql } from "drizzle-orm";
import { seconds } from "../db/database.ts";
import { freshSeconds } from "../problems.ts";
import { acr } from "./assurance.ts";
import type { Actor } from "./run-as.ts";

/**
 * The roles of a user, sorted.
 * @public
 */
export function rolesOf(userId: SQL): SQL {
  return sql`(select coalesce(array_agg(ur.role order by ur.role), '{}')
    from auth.user_roles ur where ur.user_id = ${userId})`;
}

/**
 * The roles of a user that count in a session of `level`, sorted: some take two factors.
 * @public
 */
export function rolesIn(level: SQL, userId: SQL): SQL {
  return sql`(select coalesce(array_agg(ur.role order by ur.role), '{}')
    from auth.user_roles ur join auth.roles r on r.name = ur.role where ur.user_id = ${userId} and ${counts(level)})`;
}

/**
 * What the roles of a user allow together, sorted: all of them, or those that count in a session of `level`.
 * @public
 */
export function permissionsOf(userId: SQL, level?: SQL): SQL {
  return sql`(select coalesce(array_agg(distinct granted.permission order by granted.permission), '{}')
    from auth.user_roles ur join auth.roles r on r.name = ur.role, unnest(r.permissions) as granted(permission)
    where ur.user_id = ${userId}${level ? sql` and ${counts(level)}` : sql``})`;
}

/** Whether the role row `r` counts in a session of `level`. */
function counts(level: SQL): SQL {
  return sql`(not r.mfa_required or ${level} = ${acr.two})`;
}

/**
 * Whether the user row `u` has a second factor.
 * @public
 */
export function hasFactors(u: SQL): SQL {
  return sql`(${u}.has_totp or ${u}.passkeys > 0)`;
}

/**
 * What the user row `u` can authenticate with, as JSON of `Factors`.
 * @public
 */
export function factorsJson(u: SQL): SQL {
  return sql`json_build_object('password', ${u}.password_hash is not null, 'totp', ${u}.has_totp,
    'passkey', ${u}.passkeys > 0, 'recoveryCode', exists (
      select 1 from auth.recovery_codes code where code.user_id = ${u}.id and code.used_at is null))`;
}

/**
 * Whether the session row `s` was authenticated lately, by two factors where its user row `u` has a second.
 * @public
 */
export function isFresh(s: SQL, u: SQL, now: SQL): SQL {
  return sql`(${s}.auth_time > ${now} - ${seconds(freshSeconds)}
    and (not ${hasFactors(u)} or ${s}.acr = ${acr.two}))`;
}

/**
 * What roles allow together, sorted, for a user whose roles the same statement gives.
 * @public
 */
export function permissionsOfRoles(roles: SQL): SQL {
  return sql`(select coalesce(array_agg(distinct granted.permission order by granted.permission), '{}')
    from auth.roles r, unnest(r.permissions) as granted(permission) where r.name = any((${roles})::text[]))`;
}

/**
 * Whether the user row `u` is suspended now; a suspension may have an end.
 * @public
 */
export function isSuspended(u: SQL, now: SQL): SQL {
  return sql`(${u}.status = 'suspended' and coalesce(${u}.suspended_until > ${now}, true))`;
}

/**
 * Whether the row `u` of users, which a statement locks, is the version that it sees elsewhere. After a wait only the
 * locked row is read again: what was added beside it meanwhile, a session, a passkey, is not seen. Whoever adds
 * such a thing writes the user's row, so that whoever takes such things away can tell, and gives up.
 * @public
 */
export function isUnchanged(u: SQL): SQL {
  return sql`${u}.xmin = (select seen.xmin from auth.users seen where seen.id = ${u}.id)`;
}

/**
 * A CTE `owner`: the caller's own user row, locked, unless its epoch is another. Whether the caller authenticated by
 * enough is asked again under the lock: another session may just have set up the first factor, which this one
 * has not shown.
 * @public
 */
export function lockOneself(epoch: SQL, now: SQL, row: "unchanged" | "as it is" = "as it is"): SQL {
  const meanwhile = row === "unchanged" ? isUnchanged(sql`u`) : sql`true`;
  return sql`owner as materialized (
    select u.* from allowed a join auth.users u on u.id = a.user_id
    where u.security_epoch = ${epoch} and ${isFresh(sql`a`, sql`u`, now)} and ${meanwhile} for update of u)`;
}

/**
 * A CTE `admins(id)`: everyone who can administer now, locked in id order, for changes that must leave
 * one. It reads after the wait what another such change left.
 * @public
 */
export function lockAdmins(now: SQL): SQL {
  return sql`admins as materialized (
    select u.id from allowed a, auth.users u join auth.user_roles ur on ur.user_id = u.id
    where ur.role = 'admin' and not ${isSuspended(sql`u`, now)} order by u.id for update of u, ur)`;
}

/**
 * Whether whoever holds the permissions `held` may hand out the roles named `names`, both `text[]`. The role `user`
 * is everyone's and empty; any other takes `roles:assign`, and nobody hands out more than they hold. `from` is where
 * the roles are read from.
 * @public
 */
export function mayHandOut(names: SQL, held: SQL, from: SQL = sql`auth.roles`): SQL {
  return sql`not exists (select 1 from ${from} r where r.name = any((${names})::text[]) and r.name <> 'user'
    and not ('roles:assign' = any((${held})::text[]) and r.permissions <@ (${held})::text[]))`;
}

/**
 * CTEs for what one operator changes. `operators` locks the admins and then the caller, with their roles: of two who
 * act at once one waits for the other, and sees after the wait what the other changed. The admins come first in
 * every such statement, since whoever else is locked before them could wait for one who waits for it.
 * `held(permissions, is_admin)` is what the caller holds then: nothing any more when the session ended meanwhile.
 * @public
 */
export function lockOperators(actor: Actor, now: SQL): SQL {
  return sql`operators as materialized (
      select u.id, ur.role, r.permissions, r.mfa_required
      from allowed a, auth.users u join auth.user_roles ur on ur.user_id = u.id join auth.roles r on r.name = ur.role
      where (ur.role = 'admin' or u.id = a.user_id) and not ${isSuspended(sql`u`, now)}
        and (u.id <> a.user_id or u.security_epoch = a.epoch)
      order by (ur.role = 'admin') desc, u.id, ur.role for update of u, ur for share of r),
    present as materialized (
      select s.id, s.acr from allowed a join auth.sessions s on s.id = a.session_id
      where s.ended_at is null and ${afterOperators} for share of s),
    held as materialized (
      select coalesce(array_agg(distinct p), '{}') as permissions, coalesce(bool_or(r.role = 'admin'), false) as is_admin
      from present s, operators r, unnest(r.permissions) p where r.id = ${actor.userId}::uuid and ${counts(sql`s.acr`)})`;
}

/** Always true, and not known before every operator is locked: the order of locks hangs on it. */
const afterOperators = sql`(select count(*) from operators) >= 0`;

/**
 * A CTE `given(name, permissions)`, after those of `lockOperators`: the roles named `names`, a `text[]`, locked, so that
 * what is judged is what is given. One that was deleted meanwhile is not among them, nor its namesake.
 * @public
 */
export function lockRoles(names: SQL): SQL {
  return sql`given as materialized (
    select r.name, r.permissions from auth.roles r
    where r.name = any((${names})::text[]) and ${afterOperators} order by r.name for share of r)`;
}

/**
 * CTEs for a change that one operator makes to a user, with those of `lockOperators`. `target` is the user, locked, as
 * it is before the change, and `verdict(id, email_key, refused)` what forbids it: an operator changes nobody who
 * holds a permission that the operator lacks, or whoever may change an address could become anyone. `further`
 * adds branches, over the user row `t` and `held` row `h`; `before` adds CTEs that they read.
 * @public
 */
export function decideOnUser(
  actor: Actor,
  id: string,
  now: SQL,
  { before = sql``, further = sql`` }: { before?: SQL; further?: SQL } = {},
): SQL {
  return sql`${lockOperators(actor, now)},
    ${before}
    target as materialized (
      select u.* from allowed a join auth.users u on u.id = ${id}::uuid where ${afterOperators} for update of u),
    rank as materialized (
      select r.permissions from target t join auth.user_roles ur on ur.user_id = t.id
      join auth.roles r on r.name = ur.role order by r.name for share of r),
    verdict as materialized (
      select t.id, t.email_key, case
        when not ${actor.permission} = any(h.permissions) then 'not_allowed'
        -- A statement that waited does not see roles that the user was given meanwhile.
        when not h.is_admin and t.updated_at <> (select updated_at from auth.users where id = t.id) then 'conflict'
        when exists (select 1 from rank where not permissions <@ h.permissions) then 'not_allowed'
        ${further} end as refused
      from target t, held h)`;
}

/**
 * A branch of the verdict: the change would leave nobody who can administer.
 * @public
 */
export const unlessLastAdmin = sql`when exists (select 1 from operators where role = 'admin' and id = t.id)
  and not exists (select 1 from operators where role = 'admin' and id <> t.id) then 'last_admin'`;

/**
 * A branch of the verdict: one's own account has routes of its own, which ask for more than a token.
 * @public
 */
export function unlessOneself(actor: Actor): SQL {
  return sql`when t.id = ${actor.userId}::uuid then 'not_allowed'`;
}
