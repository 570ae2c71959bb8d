import { sql } from "drizzle-orm";
import { type Actor, runAs } from "../access/run-as.ts";
import { databaseNow } from "../db/database.ts";
import type { Deps } from "../ports.ts";
import { dayOf } from "./fragments.ts";

/** What happened on one day. */
export type Day = {
  day: string;
  sign_ups: number;
  sign_ins: number;
  failures: number;
  active_users: number;
  throttled: number;
};

/** The last `count` days up to today, oldest first, those on which nothing happened too. */
export function sumDays(
  deps: Pick<Deps, "db" | "clock">,
  actor: Actor,
  count: number,
): Promise<{ days: Day[] } | undefined> {
  const sumOf = (metric: keyof Day) =>
    sql`coalesce(sum(c.count) filter (where c.metric = ${metric}), 0)::bigint`;
  return runAs(
    deps,
    actor,
    sql`today as materialized (select ${dayOf(databaseNow(deps.clock))} as day from allowed),
    days as (
      select d.day, ${sumOf("sign_ups")} as sign_ups, ${sumOf("sign_ins")} as sign_ins,
        ${sumOf("failures")} as failures, ${sumOf("active_users")} as active_users,
        ${sumOf("throttled")} as throttled
      from today t cross join lateral (select t.day - i as day from generate_series(0, ${count}::int - 1) i) d
        left join auth.daily_counts c on c.day = d.day
      group by d.day),
    result as (
      select json_agg(json_build_object('day', to_char(d.day, 'YYYY-MM-DD'), 'sign_ups', d.sign_ups,
        'sign_ins', d.sign_ins, 'failures', d.failures, 'active_users', d.active_users,
        'throttled', d.throttled) order by d.day) as days
      from days d)`,
  );
}
