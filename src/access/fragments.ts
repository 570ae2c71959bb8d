import { type SQL, sql } from "drizzle-orm";
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
 * What the roles of a user allow together, sorted.
 * @public
 */
export function permissionsOf(userId: SQL): SQL {
  return sql`(select coalesce(array_agg(distinct granted.permission order by granted.permission), '{}')
    from auth.user_roles ur join auth.roles r on r.name = ur.role, unnest(r.permissions) as granted(permission)
    where ur.user_id = ${userId})`;
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
 * Whether whoever holds the permissions `held` may hand out `roles`, both `text[]`. The role `user` is
 * everyone's; any other takes `roles:assign`, and nobody hands out more than they hold.
 * @public
 */
export function mayHandOut(roles: SQL, held: SQL): SQL {
  return sql`not exists (select 1 from auth.roles r where r.name = any((${roles})::text[]) and r.name <> 'user'
    and not ('roles:assign' = any((${held})::text[]) and r.permissions <@ (${held})::text[]))`;
}

/**
 * CTEs for what one operator changes. `operators` locks, in id order, every admin and the caller with their
 * roles: what another operator changed meanwhile is seen here, after the wait, and of two who act at
 * once one waits for the other. `held(permissions)` is what the caller holds then.
 * @public
 */
export function lockOperators(actor: Actor, now: SQL): SQL {
  return sql`operators as materialized (
      select u.id, ur.role, r.permissions
      from allowed a, auth.users u join auth.user_roles ur on ur.user_id = u.id join auth.roles r on r.name = ur.role
      where (ur.role = 'admin' or u.id = a.user_id) and not ${isSuspended(sql`u`, now)}
      order by u.id, ur.role for update of u, ur for share of r),
    held as materialized (
      select coalesce(array_agg(distinct p), '{}') as permissions, coalesce(bool_or(o.role = 'admin'), false) as is_admin
      from operators o, unnest(o.permissions) p where o.id = ${actor.userId}::uuid)`;
}

/**
 * CTEs for a change that one operator makes to a user, on those of `lockOperators`. `target` is the user,
 * locked, as it is before the change. `verdict(id, email_key, refused)` says what forbids it: an
 * operator changes nobody who holds a permission that the operator lacks, or whoever may change an
 * address could become anyone. `further` adds branches, over the user row `t`.
 * @public
 */
export function decideOnUser(actor: Actor, id: string, now: SQL, further: SQL = sql``): SQL {
  return sql`${lockOperators(actor, now)},
    target as materialized (
      select u.* from allowed a join auth.users u on u.id = ${id}::uuid
      -- Always true, and not known before every operator is locked: the order of locks hangs on it.
      where (select count(*) from operators) >= 0 for update of u),
    verdict as materialized (
      select t.id, t.email_key, case
        when not ${actor.permission} = any(h.permissions) then 'not_allowed'
        -- A statement that waited sees the roles of before, so who holds what is not known.
        when not h.is_admin and t.updated_at <> (select updated_at from auth.users where id = t.id) then 'conflict'
        when not ${permissionsOf(sql`t.id`)}::text[] <@ h.permissions then 'not_allowed'
        ${further} end as refused
      from target t, held h)`;
}

/**
 * A branch of the verdict: the change would leave nobody who can administer.
 * @public
 */
export const unlessLastAdmin = sql`when exists (select 1 from operators where role = 'admin' and id = t.id)
  and not exists (select 1 from operators where role = 'admin' and id <> t.id) then 'last_admin'`;
