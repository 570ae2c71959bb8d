import { type SQL, sql } from "drizzle-orm";
import { seconds } from "../db/database.ts";
import { freshSeconds } from "../problems.ts";
import { acr } from "./assurance.ts";

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

/**
 * Whether the role row `r` counts in a session of `level`.
 * @public
 */
export function counts(level: SQL): SQL {
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
 * What raises the security epoch of the user row `u`, for the `set` of an UPDATE: with it every session and proof in
 * progress ends, and with `keys too` the user's API keys, of whoever may have been somebody else.
 * @public
 */
export function nextEpoch(now: SQL, keys?: "keys too"): SQL {
  return sql`security_epoch = u.security_epoch + 1, epoch_raised_at = ${now}${
    keys ? sql`, key_epoch = u.key_epoch + 1` : sql``
  }`;
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
 * A CTE `touched` that touches the role `admin` where `condition` holds. Whoever makes somebody an admin without being one
 * touches it, so that of two at once the second, who cannot see what the first has done, sees after its wait that it did.
 * @public
 */
export function touchAdminRole(condition: SQL): SQL {
  return sql`touched as (
    update auth.roles r set created_at = r.created_at
    where r.name = 'admin' and ${condition} and r.xmin = (select seen.xmin from auth.roles seen where seen.name = r.name)
    returning r.name)`;
}

/**
 * The same for whom nothing stops: a CTE `touched`.
 * @public
 */
export const alwaysTouchAdminRole = sql`touched as (
  update auth.roles r set created_at = r.created_at where r.name = 'admin')`;
