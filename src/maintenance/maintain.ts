import { keepPartitions } from "../audit/keep-partitions.ts";
import { sealEvents } from "../audit/seal-events.ts";
import { type Delivery, deliverMails } from "../outbox/deliver-mail.ts";
import type { Deps } from "../ports.ts";
import { deleteExpired, sweptTables, takeLease } from "./queries.ts";

/** Small enough not to hold a lock for long; what is left is the next minute's. */
const batch = 1000;
const mostBatches = 50;
/** A little less than the minute between two runs. */
const leaseSeconds = 55;

type Needs = Pick<Deps, "db" | "clock" | "config" | "keys" | "mailer" | "log">;

/**
 * What a run did: mails that left or failed, rows deleted by table, windows of the audit log that were sealed, and
 * months of it that were dropped.
 */
export type Maintenance = Delivery & { deleted: Record<string, number>; sealed: number; dropped: number };

/**
 * The work of every minute: mail that is due again, rows that have no more use, and the audit log sealed.
 * @public
 */
export async function maintain(deps: Needs): Promise<Maintenance> {
  const delivery = await deliverMails(deps);
  const deleted: Record<string, number> = {};
  for (const table of sweptTables) deleted[table] = await sweep(deps, table);
  const sealed = await sealEvents(deps);
  return { ...delivery, deleted, sealed, dropped: await keepPartitions(deps) };
}

/**
 * The same on a timer or a cron trigger, where one of all processes and isolates does it.
 * @public
 */
export async function maintainInTurn(deps: Needs): Promise<void> {
  try {
    if (!(await takeLease(deps, "maintenance", leaseSeconds))) return;
    const { deleted, ...counts } = await maintain(deps);
    const swept = Object.entries(deleted).filter(([, count]) => count > 0);
    if (swept.length === 0 && Object.values(counts).every((count) => count === 0)) return;
    deps.log("maintenance.done", { ...counts, ...Object.fromEntries(swept) });
  } catch (error) {
    deps.log("maintenance.failed", { name: (error as Error).name }); // the next minute tries again
  }
}

async function sweep(deps: Needs, table: string): Promise<number> {
  let total = 0;
  for (let i = 0; i < mostBatches; i++) {
    const count = await deleteExpired(deps, table, batch);
    total += count;
    if (count < batch) break;
  }
  return total;
}
