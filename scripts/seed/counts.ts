import { type History, shownDays } from "./history.ts";
import { dayMs, isWorkday, startOfDay } from "./people.ts";
import type { Draw } from "./random.ts";
import type { Rows } from "./rows.ts";

const metricOf: Record<string, string> = {
  "account.created": "sign_ups",
  "login.succeeded": "sign_ins",
  "login.refused": "failures",
};

/** What the service would have counted of it, day by day. */
function countDays(history: History, now: number): Map<string, number> {
  const counts = new Map<string, number>();
  const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);
  const add = (day: string, metric: string, count = 1) =>
    counts.set(`${day} ${metric}`, (counts.get(`${day} ${metric}`) ?? 0) + count);
  for (const { at, action } of history.happenings) {
    const metric = metricOf[action];
    if (metric) add(dayOf(at), metric);
  }
  const active = new Set<string>();
  for (const { person, at, lastUsedAt } of history.sessions) {
    for (const day of [at, lastUsedAt]) active.add(`${dayOf(day)} ${person.id}`);
    // In between they were there on the days on which people work.
    for (let day = startOfDay(at) + dayMs; day < startOfDay(lastUsedAt); day += dayMs) {
      if (isWorkday(day)) active.add(`${dayOf(day)} ${person.id}`);
    }
  }
  for (const each of active) add(each.slice(0, 10), "active_users");
  for (const [day, count] of history.throttled) {
    if (day > now - shownDays * dayMs) add(dayOf(day), "throttled", count);
  }
  return counts;
}

export function rowsOfCounts(draw: Draw, history: History, now: number): Rows {
  const rows = [...countDays(history, now)].map(([key, count]) => {
    const [day, metric] = key.split(" ");
    return { day, metric, shard: draw.below(16), count };
  });
  return { table: "daily_counts", columns: "day, metric, shard, count", rows };
}
