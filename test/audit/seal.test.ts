import { beforeAll, describe, expect, it } from "vitest";
import { sealEvents } from "../../src/audit/seal-events.ts";
import { verifyLog } from "../../src/audit/verify-log.ts";
import { sealSome, seedEvents } from "../support/audit-events.ts";
import { heavy, inParallel } from "../support/heavy.ts";
import { startService, useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const verify = () =>
  verifyLog(service.deps, { publicKeys: [hex(service.deps.keys.auditSeal.publicKey)], retentionDays: 365 });

beforeAll(async () => {
  for (let i = 0; i < 3; i++) expect(await sealSome(service)).toBe(1);
});

describe("sealing", () => {
  it("covers every event that ended five minutes ago, and none that is younger", async () => {
    const before = await verify();
    expect(before).toMatchObject({ windows: 3, unsealed: 0, finding: null, found: true, gone: 0 });
    await service.signUp();
    service.advance(290);
    await service.call("POST", "/dev/cron");
    expect(await verify()).toMatchObject({ windows: 3, unsealed: 1, finding: null });
    service.advance(20);
    await service.call("POST", "/dev/cron");
    expect(await verify()).toMatchObject({ windows: 4, events: before.events + 1, unsealed: 0 });
  });

  it("is done by one of many processes at once, and the chain never forks", async () => {
    await service.signUp();
    service.advance(301);
    const before = await verify();
    const sealed = await inParallel(heavy ? 50 : 10, () => sealEvents(service.deps));
    expect(sealed.reduce((sum, count) => sum + count, 0)).toBe(1);
    expect(await verify()).toMatchObject({ windows: before.windows + 1, finding: null });
  });

  it("goes on in windows of 10,000, never of two months, with all events of a microsecond in one", async () => {
    const other = await startService();
    const key = hex(other.deps.keys.auditSeal.publicKey);
    const until = new Date(Date.UTC(2026, 4, 3));
    await seedEvents(other.database, { count: 25_000, days: 4, until });
    // The 10,000th of May is one of a hundred of the same microsecond.
    await other.database.query(
      `insert into auth.audit_events select gen_random_uuid(), at, 'x', 'success', null, null, null, 'same', ''
       from generate_series(1, 100), (select occurred_at as at from auth.audit_events
         where occurred_at >= '2026-05-01T00:00Z' order by occurred_at offset 9999 limit 1) tenth`,
    );
    expect(await sealEvents(other.deps)).toBe(4);
    const rows = await other.database.query<{ events: number; month: string }>(
      `select events, to_char(window_end at time zone 'utc', 'MM') as month from auth.audit_seals order by number`,
    );
    expect(rows.map(({ month }) => month)).toEqual(["04", "04", "05", "05"]);
    expect(rows[2]?.events).toBe(10_100);
    expect(rows.reduce((sum, { events }) => sum + events, 0)).toBe(25_100);
    const result = await verifyLog(other.deps, { publicKeys: [key], retentionDays: 0 });
    expect(result).toMatchObject({ windows: 4, events: 25_100, unsealed: 0, finding: null });
    await other.close();
  });
});
