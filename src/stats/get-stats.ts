import type { Actor } from "../access/run-as.ts";
import type { Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { type Day, sumDays } from "./queries.ts";

const shownDays = 30;

/** What happened on each of the last 30 days (UTC), oldest first, today last. */
export async function getStats(deps: Pick<Deps, "db" | "clock">, actor: Actor): Promise<{ days: Day[] }> {
  const found = await sumDays(deps, actor, shownDays);
  if (!found) throw new Problem("not_allowed");
  return found;
}
