import { sql } from "drizzle-orm";
import { queryJson } from "../db/database.ts";
import type { Deps } from "../ports.ts";

/** Takes one attempt off each counter, locking them in the order in which they were counted. */
export async function decrement(deps: Pick<Deps, "db">, keys: readonly string[]): Promise<void> {
  await queryJson(
    deps.db,
    sql`with counted as materialized (
      select w.key from json_array_elements_text(${JSON.stringify(keys)}::json) with ordinality as k(key, position)
      join auth.throttle_windows w on w.key = k.key order by k.position for update of w),
    returned as (
      update auth.throttle_windows w set attempts = greatest(w.attempts - 1, 0)
      from counted c where w.key = c.key returning 1)
    select to_json(count(*)) as result from returned`,
  );
}
