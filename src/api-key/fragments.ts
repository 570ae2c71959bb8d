import { type SQL, sql } from "drizzle-orm";

/**
 * A CTE that ends the API keys of the user rows `c(id)` of `from`: of whoever may have been somebody else.
 * @public
 */
export function revokeKeys(now: SQL, from: SQL): SQL {
  return sql`revoked_keys as (
    update auth.api_keys k set revoked_at = ${now} from ${from} where k.user_id = c.id and k.revoked_at is null)`;
}

/**
 * A CTE that takes the API keys of the user rows `c(id, security_epoch)` of `from` along into the user's new epoch: what ends
 * the sessions of a user does not end what runs without one. A key that is made at that very moment stays behind.
 * @public
 */
export function carryKeys(from: SQL): SQL {
  return sql`carried_keys as (
    update auth.api_keys k set epoch = c.security_epoch from ${from}
    where k.user_id = c.id and k.revoked_at is null and k.epoch = c.security_epoch - 1)`;
}
