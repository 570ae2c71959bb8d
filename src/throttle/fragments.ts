import { type SQL, sql } from "drizzle-orm";
import type { Limit } from "../config.ts";
import { seconds, textArray } from "../db/database.ts";
import { countToday } from "../stats/fragments.ts";

/**
 * One thing attempts are counted by. `exempt`, when true in SQL, lets the attempt by uncounted.
 * @public
 */
export type Counter = {
  readonly name: "challenge" | "account_network" | "network" | "account" | "recipient" | "recipient_day";
  readonly key: string;
  readonly limit: Limit;
  readonly exempt?: SQL;
};

/**
 * How counting came out: seconds to wait when it was refused, and the keys it was counted under.
 * @public
 */
export type Attempt = {
  readonly allowed: boolean;
  readonly retryAfter: number | null;
  readonly counted: readonly string[];
};

/**
 * CTEs that count one attempt before anything is verified, ending in
 * `attempt(allowed, retry_after, counted)`, the last being the keys it was counted under. Counters are taken in the order given, narrowest first: an
 * attempt one of them refuses counts in none after it, so refused guesses cannot close an account
 * to its owner. All statements lock the counters in that same order, so they cannot deadlock. A refusal is no
 * event of the audit log, which a flood would fill: it adds to the statistics of the day.
 * @param when SQL condition under which the attempt counts at all.
 * @public
 */
export function reserveAttempt(now: SQL, counters: readonly Counter[], when: SQL = sql`true`): SQL {
  const ctes: SQL[] = [];
  const waits: SQL[] = [];
  let passed = when;
  const keys: SQL[] = [];
  for (const { name, key, limit, exempt } of counters) {
    const counted = sql.raw(`counted_${name}`);
    const exempted = sql.raw(`exempt_${name}`);
    ctes.push(sql`${exempted} as materialized (select ${exempt ?? sql`false`} as yes),
    ${counted} as (
      insert into auth.throttle_windows as w (key, attempts, ends_at)
      select ${key}, 1, ${now} + ${seconds(limit.windowSeconds)} where ${passed} and not (select yes from ${exempted})
      on conflict (key) do update set
        attempts = case when w.ends_at <= ${now} then 1 else w.attempts + 1 end,
        ends_at = case when w.ends_at <= ${now} then excluded.ends_at else w.ends_at end
      where w.ends_at <= ${now} or w.attempts < ${limit.max}::int
      returning 1)`);
    const here = sql`((select yes from ${exempted}) or exists (select 1 from ${counted}))`;
    keys.push(sql`case when exists (select 1 from ${counted}) then ${key} end`);
    waits.push(sql`when not ${here} then coalesce(
      (select ceil(extract(epoch from ends_at - ${now}))::int from auth.throttle_windows where key = ${key}),
      ${limit.windowSeconds}::int)`);
    passed = sql`(${passed} and ${here})`;
  }
  const wait = waits.length ? sql`case ${sql.join(waits, sql` `)} end` : sql`null::int`;
  ctes.push(sql`attempt as (select ${passed} as allowed, greatest(${wait}, 1) as retry_after,
    array_remove(array[${sql.join(keys, sql`, `)}]::text[], null) as counted)`);
  if (counters.length > 0) {
    ctes.push(countToday(now, "throttled", sql`attempt t where not t.allowed and ${when}`));
  }
  return sql.join(ctes, sql`, `);
}

/**
 * A CTE that forgets counters: what a success gives back (SP 800-63B §5.2.2).
 * @public
 */
export function releaseAttempt(keys: readonly string[], when: SQL): SQL {
  return sql`released as (
    delete from auth.throttle_windows where key = any((${textArray(keys)})::text[]) and ${when})`;
}
