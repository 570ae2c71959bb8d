import { expect, it } from "vitest";
import { connectNodePostgres } from "../../src/adapters/node-postgres.ts";
import { systemClock } from "../../src/adapters/system.ts";
import { verifyLog } from "../../src/audit/verify-log.ts";
import { auditSealKey } from "../../src/token/keys.ts";
import { seedEvents } from "../support/audit-events.ts";
import { testEnvironment } from "../support/environment.ts";
import type { Target } from "./suite.ts";

type Entry = { id: string; action: string; request_id: string };
type List = { data: Entry[]; next_cursor: string | null; total_estimate: number };

/** The audit log on every runtime: each has its own streams and its own Ed25519. */
export function describeAudit(target: () => Target): void {
  it("lists and exports audit events, seals them, and shows the statistics of the day", async () => {
    const { client, database } = target();
    const { access_token: token, user, email } = await client.signUp();
    await client.logIn(email, "Wrong-horse-7");
    await database.query("insert into auth.user_roles values ($1, 'admin')", [user.id]);
    await seedEvents(database, { count: 2500, days: 2, until: new Date(Date.now() - 600_000) });

    const own = await client.call<List>("GET", `admin/audit-events?subject=${user.id}`, { token });
    expect(own.body.data.map(({ action }) => action)).toEqual(["login.refused", "account.created"]);
    const first = await client.call<List>("GET", "admin/audit-events?limit=2&ip=10.9.0.17", { token });
    expect(first.body).toMatchObject({ data: [{}, {}], total_estimate: 10 });
    const path = `admin/audit-events?limit=2&ip=10.9.0.17&cursor=${first.body.next_cursor}`;
    expect((await client.call<List>("GET", path, { token })).body.data).toHaveLength(2);

    const exported = await client.call("GET", "admin/audit-events/export?action=user.suspended", { token });
    expect(exported.headers.get("content-type")).toBe("application/x-ndjson");
    const lines = exported.text.trimEnd().split("\n");
    const entries = lines.map((line) => JSON.parse(line) as Entry);
    expect(entries.filter(({ request_id }) => request_id.startsWith("seeded-"))).toHaveLength(500);
    const all = await client.call("GET", "admin/audit-events/export", { token });
    expect(all.text.trimEnd().split("\n").length).toBeGreaterThan(2500);

    const cron = await client.call<{ sealed: number }>("POST", "/dev/cron");
    expect(cron.body.sealed).toBeGreaterThan(0);
    const root = Buffer.from(testEnvironment().DATA_ENCRYPTION_KEY ?? "", "base64");
    const publicKey = Buffer.from((await auditSealKey(root)).publicKey).toString("hex");
    const { db, close } = connectNodePostgres(database.url, () => undefined);
    const expected = { publicKeys: [publicKey], retentionDays: 365 };
    const verified = await verifyLog({ db, clock: systemClock(0) }, expected).finally(close);
    expect(verified).toMatchObject({ windows: cron.body.sealed, finding: null });
    expect(verified.events).toBeGreaterThanOrEqual(2500);

    type Days = { days: Record<string, number>[] };
    const { days } = (await client.call<Days>("GET", "admin/stats", { token })).body;
    expect(days).toHaveLength(30);
    expect(days.at(-1)?.failures).toBeGreaterThan(0);
    expect(days.at(-1)?.sign_ups).toBeGreaterThan(0);
  });
}
