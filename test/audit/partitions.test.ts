import { describe, expect, it } from "vitest";
import { sealEvents } from "../../src/audit/seal-events.ts";
import { verifyLog } from "../../src/audit/verify-log.ts";
import { seedEvents } from "../support/audit-events.ts";
import { inParallel } from "../support/heavy.ts";
import { holdLock } from "../support/lock.ts";
import { startService, useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });
const day = 86_400;

const months = async (of = service.database) =>
  (
    await of.query<{ name: string }>(
      `select substr(c.relname, 14) as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
       where i.inhparent = 'auth.audit_events'::regclass order by 1`,
    )
  ).map(({ name }) => name);

const monthAfter = (date: Date, count: number) => {
  const month = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + count));
  return month.toISOString().slice(0, 7).replace("-", "_");
};

const cron = () => service.call<{ dropped: number }>("POST", "/dev/cron");
const partitionOfNewest = async () =>
  (
    await service.database.query<{ name: string }>(
      "select tableoid::regclass::text as name from auth.audit_events order by occurred_at desc limit 1",
    )
  )[0]?.name;

describe("the partitions of the audit log", () => {
  it("are there for this month and the next three, and the work of every minute makes more", async () => {
    const now = service.deps.clock.now();
    const first = [0, 1, 2, 3].map((i) => monthAfter(now, i));
    expect(await months()).toEqual([...first, "default"]);
    await cron();
    expect(await months()).toEqual([...first, "default"]);
    service.advance(31 * day);
    await cron();
    expect((await months()).length).toBeGreaterThan(first.length + 1);
  });

  it("are made once by many at a time, while events are written", async () => {
    service.advance(62 * day);
    const before = await months();
    const crons = await inParallel(30, async (i) =>
      i % 3 ? void (await service.signUp()) : (await cron()).status,
    );
    expect(crons.filter(Boolean)).toEqual(Array(10).fill(200));
    const after = await months();
    expect(after.at(-2)).toBe(monthAfter(service.deps.clock.now(), 3));
    expect(after.length).toBeGreaterThanOrEqual(before.length + 2);
    expect((await cron()).status).toBe(200);
    expect((await service.signUp()).user.id).toBeTruthy();
    expect(await partitionOfNewest()).toMatch(/^auth\.audit_events_\d{4}_\d{2}$/);
  });

  it("wait for whoever reads the log for long, and nobody waits behind them", async () => {
    service.advance(31 * day);
    const { email } = await service.signUp();
    const before = await months();
    const reader = await holdLock(
      service.database,
      "lock table auth.audit_events_default in access share mode",
      [],
    );
    const [{ status }, login] = await Promise.all([cron(), service.logIn(email)]);
    expect([status, login.status]).toEqual([200, 200]);
    expect(await months()).toEqual(before);
    await reader.release();
    expect((await cron()).status).toBe(200);
    expect((await months()).length).toBeGreaterThan(before.length);
  });

  it("are not needed for an event to be written: what has none goes to the default, and stays", async () => {
    service.advance(3 * 365 * day);
    await service.signUp();
    expect(await partitionOfNewest()).toBe("auth.audit_events_default");
    expect((await cron()).status).toBe(200);
    const now = service.deps.clock.now();
    expect(await months()).not.toContain(monthAfter(now, 0));
    expect(await months()).toContain(monthAfter(now, 1));
    await service.signUp();
    service.advance(32 * day);
    await service.signUp();
    expect(await partitionOfNewest()).toBe(`auth.audit_events_${monthAfter(service.deps.clock.now(), 0)}`);
    const [left] = await service.database.query(
      "select (select count(*)::int from auth.audit_events_default) = (select count(*)::int from auth.audit_details_default) as same",
    );
    expect(left).toEqual({ same: true });
  });
});

describe("retention", () => {
  it("drops months that ended longer ago, events and details together, once they are sealed", async () => {
    const other = await startService({ AUDIT_RETENTION_DAYS: "60" });
    const { database, deps } = other;
    const run = async () => (await other.call<{ dropped: number }>("POST", "/dev/cron")).body.dropped;
    const publicKeys = [Buffer.from(deps.keys.auditSeal.publicKey).toString("hex")];
    await seedEvents(database, { count: 2000, days: 200 });
    const before = await months(database);
    const refused = "select auth.drop_audit_partitions(now() + interval '10 years') as dropped";
    expect(await database.query(refused)).toEqual([{ dropped: 0 }]); // nothing is sealed
    expect(await sealEvents(deps)).toBeGreaterThan(6);
    const whole = await verifyLog(deps, { publicKeys, retentionDays: 60 });
    const dropped = await run();
    const after = await months(database);
    expect(dropped).toBeGreaterThanOrEqual(3);
    expect(before.slice(dropped)).toEqual(after);
    const details = await database.query(
      `select 1 from auth.audit_details d where not exists (
         select 1 from auth.audit_events e where e.occurred_at = d.occurred_at and e.id = d.event_id)`,
    );
    expect(details).toEqual([]);
    const kept = await verifyLog(deps, { publicKeys, retentionDays: 60 });
    expect(kept).toMatchObject({ finding: null, gone: dropped, windows: whole.windows });
    const strict = await verifyLog(deps, { publicKeys, retentionDays: 365 });
    expect(strict.finding).toMatchObject({ window: 1, what: "missing rows" });
    expect(await run()).toBe(0);
    // Whatever it is told, nothing younger than 30 days goes.
    await database.query(refused);
    const youngest = new Date(Date.now() - 30 * day * 1000);
    for (const name of await months(database)) {
      if (name === "default") continue;
      const [year, month] = name.split("_").map(Number);
      expect(Date.UTC(year ?? 0, month ?? 0)).toBeGreaterThan(youngest.getTime());
    }
    await other.close();
  });

  it("keeps every month when AUDIT_RETENTION_DAYS is 0", async () => {
    const other = await startService({ AUDIT_RETENTION_DAYS: "0" });
    await seedEvents(other.database, { count: 500, days: 800 });
    const before = await months(other.database);
    const { body } = await other.call<{ sealed: number; dropped: number }>("POST", "/dev/cron");
    expect(body).toMatchObject({ sealed: 20, dropped: 0 });
    expect(await months(other.database)).toEqual(before);
    await other.close();
  });

  it("leaves a month with an event that no seal covers", async () => {
    const other = await startService();
    await seedEvents(other.database, { count: 500, days: 800 });
    await sealEvents(other.deps);
    await other.database.query(
      "set session_replication_role = replica; delete from auth.audit_seals where number > 5",
    );
    const dropped = await other.database.query("select auth.drop_audit_partitions(now()) as dropped");
    expect(dropped).toEqual([{ dropped: 5 }]); // a window a month
    await other.close();
  });
});
