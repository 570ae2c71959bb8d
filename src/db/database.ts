import { type SQL, sql } from "drizzle-orm";
import type { Clock } from "../ports.ts";

/**
 * PostgreSQL by whichever driver the runtime chose: one statement a call. There is no transaction: see the laws.
 * @public
 */
export type Database = {
  execute<Row>(statement: SQL): Promise<{ rows: Row[] }>;
};

const valueMarker = "planned_for_values";

/**
 * A CTE for a statement whose best plan hangs on its values, which is never run: by its name the driver knows not to
 * prepare the statement, and its function, which no worker may call, keeps PostgreSQL from starting workers, at
 * 50 ms, for parts that a condition then leaves out.
 * @public
 */
export const plannedForValues = sql.raw(
  `${valueMarker} as (select set_config('max_parallel_workers_per_gather', '0', true))`,
);

/**
 * Whether a statement may be prepared once and for all.
 * @public
 */
export function isPlannedForValues(text: string): boolean {
  return text.includes(valueMarker);
}

/**
 * The database's own time, moved by the test clock. It goes on while a statement waits for a lock.
 * @public
 */
export function databaseNow(clock: Clock): SQL {
  return sql`(clock_timestamp() + ${clock.offsetSeconds}::int * interval '1 second')`;
}

/**
 * `now` plus or minus seconds, for expiries and windows.
 * @public
 */
export function seconds(count: number): SQL {
  return sql`(${count}::int * interval '1 second')`;
}

/**
 * Runs a statement that answers one row with one `result` column of JSON, which both drivers read
 * alike: numbers are numbers and instants are ISO 8601 text.
 * @public
 */
export async function queryJson<T>(db: Database, statement: SQL): Promise<T | undefined> {
  const { rows } = await db.execute<{ result: T | null }>(statement);
  return rows[0]?.result ?? undefined;
}

/**
 * A `text[]` parameter: Drizzle would spread a bare array into a list of parameters.
 * @public
 */
export function textArray(values: readonly string[]): SQL {
  return sql`(select coalesce(array_agg(v), '{}') from jsonb_array_elements_text(${JSON.stringify(values)}::jsonb) v)`;
}

/**
 * An instant as the wire shows it: RFC 3339, UTC, milliseconds.
 * @public
 */
export function wireTime(instant: SQL): SQL {
  return sql`to_char((${instant}) at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
