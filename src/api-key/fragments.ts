import { type SQL, sql } from "drizzle-orm";
import { acr } from "../access/assurance.ts";

/**
 * A CTE that ends the API keys of the user rows `c(id)` of `from`, whose `key_epoch` the same statement raises: by it a
 * key ends too that is made at that very moment, and that the statement does not see.
 * @public
 */
export function revokeKeys(now: SQL, from: SQL): SQL {
  return sql`revoked_keys as (
    update auth.api_keys k set revoked_at = ${now} from ${from} where k.user_id = c.id and k.revoked_at is null)`;
}

/**
 * A CTE that takes the second factor back from the API keys which `where`, over row `k`, selects, as `lowerSessions` does
 * from sessions: what takes two factors they do no more.
 * @public
 */
export function lowerKeys(from: SQL, where: SQL): SQL {
  return sql`lowered_keys as (
    update auth.api_keys k set acr = ${acr.one}, factor_id = null from ${from} where k.acr = ${acr.two} and ${where})`;
}
