import { bigint, date, primaryKey, smallint, text } from "drizzle-orm/pg-core";
import { auth } from "../db/columns.ts";

/**
 * How often something happened on a day (UTC). Each count is spread over several rows, since every
 * sign-in adds to it and one row would make them wait for each other.
 * @public
 */
export const dailyCounts = auth.table(
  "daily_counts",
  {
    day: date("day", { mode: "string" }).notNull(),
    metric: text("metric").notNull(),
    shard: smallint("shard").notNull(),
    count: bigint("count", { mode: "number" }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.day, t.metric, t.shard] })],
);
