import { type SQL, sql } from "drizzle-orm";

/**
 * The columns of a user who has no second factor any more, for the `set` of the statement that takes them all.
 * @public
 */
export const withoutFactors = sql`has_totp = false, passkeys = 0`;

/**
 * CTEs that delete all that the user rows `c(id)` of `from` could sign in with beside password and mail: authenticator
 * app, passkeys, recovery codes and trusted devices.
 * @public
 */
export function forgetFactors(from: SQL): SQL {
  return sql`deleted_totp as (delete from auth.totp_factors f using ${from} where f.user_id = c.id),
    deleted_passkeys as (delete from auth.passkeys f using ${from} where f.user_id = c.id),
    ${forgetCompanions(from)}`;
}

/**
 * CTEs that delete what goes with the last second factor of the user rows `c(id)` of `from`: there is nothing left that
 * it could stand in for.
 * @public
 */
export function forgetCompanions(from: SQL): SQL {
  return sql`deleted_codes as (delete from auth.recovery_codes f using ${from} where f.user_id = c.id),
    deleted_trust as (delete from auth.trusted_devices f using ${from} where f.user_id = c.id)`;
}
