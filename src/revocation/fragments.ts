import { type SQL, sql } from "drizzle-orm";

/**
 * A CTE `noted` that keeps the ids of what is about to be deleted and that tokens hang on, for verifiers elsewhere. `from`
 * gives rows of `id` and `ended_at`, null for what lived until now.
 * @public
 */
export function noteRevoked(now: SQL, from: SQL, name: SQL = sql`noted`): SQL {
  return sql`${name} as (
    insert into auth.revocations (id, revoked_at)
    select e.id, coalesce(e.ended_at, ${now}) from ${from} on conflict (id) do nothing returning id)`;
}
