import { type SQL, sql } from "drizzle-orm";

/** What is counted by day. */
export type Metric = "sign_ups" | "sign_ins" | "failures" | "active_users" | "throttled";

/** A count is spread over this many rows. Which one is random, and no reader cares. */
const shards = 16;

/**
 * The day (UTC) that an instant lies in.
 * @public
 */
export function dayOf(instant: SQL): SQL {
  return sql`(${instant} at time zone 'utc')::date`;
}

/**
 * A CTE `counted_…` that adds one to a metric of today for the row, if any, of `from`. Statements that count the same
 * user's doings have locked the user before, so that they cannot wait for each other in a ring.
 * @public
 */
export function countToday(now: SQL, metric: Metric, from: SQL): SQL {
  return addOne(now, metric, sql`${metric}::text`, from);
}

/**
 * The same for whichever metric stands for what happened: the column `action` of the row `e` of `from`.
 * @public
 */
export function countByAction(now: SQL, from: SQL): SQL {
  const pairs = Object.entries(metricOfAction).map(([action, metric]) => sql`(${action}, ${metric})`);
  const known = sql`(values ${sql.join(pairs, sql`, `)}) as m(action, metric)`;
  return addOne(now, "event", sql`m.metric`, sql`${from} join ${known} on m.action = e.action`);
}

/** The audit events that are counted. */
const metricOfAction: Readonly<Record<string, Metric>> = {
  "account.created": "sign_ups",
  "login.succeeded": "sign_ins",
  "login.refused": "failures",
};

/**
 * Whether an action is counted at all, where it is known before the statement is written.
 * @public
 */
export function isCounted(action: string): boolean {
  return action in metricOfAction;
}

function addOne(now: SQL, name: Metric | "event", metric: SQL, from: SQL): SQL {
  return sql`${sql.raw(`counted_${name}`)} as (
      insert into auth.daily_counts as c (day, metric, shard, count)
      select ${dayOf(now)}, ${metric}, floor(random() * ${shards}::int)::smallint, 1 from ${from}
      on conflict (day, metric, shard) do update set count = c.count + 1)`;
}
