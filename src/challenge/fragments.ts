import { type SQL, sql } from "drizzle-orm";
import type { Challenge } from "./challenge.ts";

/**
 * A CTE `spent(id)` that uses a challenge up for the one row of `from`: of any number of answers at once, one
 * has it. A statement that spends two gives the second another `name`.
 * @public
 */
export function spendChallenge(
  { id, expiresAt }: Pick<Challenge, "id" | "expiresAt">,
  from: SQL,
  name: SQL = sql`spent`,
): SQL {
  return sql`${name} as (
    insert into auth.spent_challenges (id, expires_at)
    select ${id}::uuid, to_timestamp(${expiresAt}::bigint) from ${from}
    on conflict (id) do nothing returning id)`;
}

/**
 * Whether a challenge was answered already.
 * @public
 */
export function isSpent({ id }: Pick<Challenge, "id">): SQL {
  return sql`exists (select 1 from auth.spent_challenges c where c.id = ${id}::uuid)`;
}
