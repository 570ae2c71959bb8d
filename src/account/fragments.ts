import { type SQL, sql } from "drizzle-orm";
import { hasFactors, isSuspended, rolesOf } from "../access/fragments.ts";
import { eraseDetails } from "../audit/fragments.ts";
import { wireTime } from "../db/database.ts";
import { noteRevoked } from "../revocation/fragments.ts";

/**
 * A user as its owner sees it, as JSON of the wire. `roles` replaces a read of the roles where the
 * same statement changes them, since a statement does not see its own changes.
 * @public
 */
export function userJson(u: SQL, now: SQL, roles?: SQL): SQL {
  return sql`json_build_object(${userFields(u, now, roles)})`;
}

/**
 * A user as operators see it.
 * @public
 */
export function adminUserJson(u: SQL, now: SQL, roles?: SQL): SQL {
  const whileSuspended = (value: SQL) => sql`case when ${isSuspended(u, now)} then ${value} end`;
  return sql`json_build_object(${userFields(u, now, roles)},
    'external_id', ${u}.external_id, 'app_metadata', ${u}.app_metadata,
    'suspended_until', ${whileSuspended(wireTime(sql`${u}.suspended_until`))},
    'suspended_reason', ${whileSuspended(sql`${u}.suspended_reason`)})`;
}

function userFields(u: SQL, now: SQL, roles: SQL = rolesOf(sql`${u}.id`)): SQL {
  return sql`'id', ${u}.id, 'email', ${u}.email, 'email_verified', ${u}.email_verified, 'name', ${u}.name,
    'locale', ${u}.locale, 'avatar_url', ${u}.avatar_url, 'metadata', ${u}.metadata,
    'roles', to_json(${roles}),
    'status', case when ${isSuspended(u, now)} then 'suspended' else 'active' end,
    'has_password', ${u}.password_hash is not null, 'mfa_enabled', ${hasFactors(u)},
    'created_at', ${wireTime(sql`${u}.created_at`)}, 'updated_at', ${wireTime(sql`${u}.updated_at`)},
    'last_sign_in_at', ${wireTime(sql`${u}.last_sign_in_at`)}`;
}

/**
 * A CTE `owner`: the account a proof is about, locked, unless since then its epoch or its address has
 * changed or it was suspended, or `further`, over the row `u`, is not so.
 * @public
 */
export function lockOwner(
  now: SQL,
  proof: { userId: string | null; epoch: number | null; emailKey: string },
  address: "holds the address" | "whatever its address" = "holds the address",
  further: SQL = sql`true`,
): SQL {
  const holds = address === "holds the address" ? sql`u.email_key = ${proof.emailKey}` : sql`true`;
  return sql`owner as materialized (
    select u.* from auth.users u
    where u.id = ${proof.userId}::uuid and u.security_epoch = ${proof.epoch}::int and ${holds}
      and not ${isSuspended(sql`u`, now)} and ${further} for update)`;
}

/**
 * For `lockOwner`: an account whose address was never verified may be taken over, and a factor that whoever held it sets up at
 * that very moment must not be missed: it is no row that the statement sees, but it dates the user's. A sign-in does
 * not, and dies with the epoch.
 * @public
 */
export const unlessMissed = sql`(u.email_verified
  or u.updated_at = (select seen.updated_at from auth.users seen where seen.id = u.id))`;

/**
 * CTEs that delete the user of `verdict(id, email_key, refused)`, unless refused, with all that hangs on the account;
 * `deleted(id)` is who it was. The events about the person stay, as ids.
 * @public
 */
export function eraseUser(now: SQL): SQL {
  return sql`${eraseDetails(sql`verdict v`, sql`v.refused is null`, sql`v.id`)},
    -- A warning that is still to be sent goes out, and is deleted by the sweep; so does an invitation.
    erased_mail as (
      delete from auth.outbox o using verdict v where v.refused is null
        and (o.user_id = v.id or (o.user_id is null and o.email_key = v.email_key and o.kind <> 'invitation'))
        and not (o.expires_at is null and o.state in ('pending', 'sending'))),
    ${noteRevoked(
      now,
      sql`(select s.id, s.ended_at from auth.sessions s join verdict v on v.id = s.user_id where v.refused is null
        union all select k.id, k.revoked_at from auth.api_keys k join verdict v on v.id = k.user_id
          where v.refused is null) e`,
    )},
    deleted as (delete from auth.users u using verdict v where u.id = v.id and v.refused is null returning u.id)`;
}
