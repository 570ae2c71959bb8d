import type { Deps } from "../ports.ts";
import { dropPartitions, makePartitions } from "./seal-queries.ts";

/**
 * Has the months of the audit log that come next made, and those that are older than `AUDIT_RETENTION_DAYS` and
 * sealed dropped.
 * @returns how many months were dropped.
 * @public
 */
export async function keepPartitions(deps: Pick<Deps, "db" | "clock" | "config">): Promise<number> {
  await makePartitions(deps);
  const days = deps.config.auditRetentionDays;
  return days === 0 ? 0 : dropPartitions(deps, days);
}
