import { type SQL, sql } from "drizzle-orm";

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
