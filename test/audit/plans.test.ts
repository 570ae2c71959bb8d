import { sql } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { seedEvents, seededPerson } from "../support/audit-events.ts";
import { heavy } from "../support/heavy.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });
const count = heavy ? 1_000_000 : 60_000;
const days = 300;

type Plan = { "Node Type": string; "Relation Name"?: string; Plans?: Plan[] };
type List = { data: { occurred_at: string }[]; next_cursor: string | null; total_estimate: number };

let token: string;

beforeAll(async () => {
  const admin = await service.signUp();
  await service.database.query("insert into auth.user_roles values ($1, 'admin')", [admin.user.id]);
  token = admin.access_token;
  await seedEvents(service.database, { count, days });
}, 300_000);

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

/** The partitions that a request reads through from one end to the other, but for those that are nearly empty. */
async function scannedBy(request: () => Promise<unknown>): Promise<string[]> {
  const { db } = service.deps;
  const { execute } = db;
  const plans: Plan[] = [];
  db.execute = async (statement) => {
    const { rows } = await execute.call<typeof db, [typeof statement], Promise<{ rows: unknown[] }>>(
      db,
      sql`explain (format json) ${statement}`,
    );
    const [row] = rows as { "QUERY PLAN": string | [{ Plan: Plan }] }[];
    const shown = row?.["QUERY PLAN"] ?? "[]";
    plans.push((typeof shown === "string" ? JSON.parse(shown) : shown)[0].Plan);
    return execute.call(db, statement) as never;
  };
  await request().finally(() => {
    db.execute = execute;
  });
  expect(plans).toHaveLength(1);
  const sequential = plans.flatMap(nodesOf).filter((node) => node["Node Type"] === "Seq Scan");
  const small = await service.database.query<{ relname: string }>(
    "select relname from pg_class where relname like 'audit\\_%' and reltuples < 1000",
  );
  const names = new Set(small.map(({ relname }) => relname));
  return sequential
    .flatMap((node) => node["Relation Name"] ?? [])
    .filter((name) => name.startsWith("audit_") && !names.has(name));
}

const list = (query: string) => service.call<List>("GET", `admin/audit-events?limit=100&${query}`, { token });

const back = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString();

const queries: Record<string, [query: string, matching: number]> = {
  everything: ["", count],
  "a person's acts": [`actor=${seededPerson(7)}`, count / 1000],
  "what befell a person": [`subject=${seededPerson(7)}`, count / 1000],
  "an action": ["action=user.suspended", count / 5],
  "an action that never was": ["action=nothing", 0],
  refusals: ["outcome=denied", count / 5],
  successes: ["outcome=success", (count * 4) / 5],
  "an address": ["ip=10.9.0.17", count / 250],
  "an address that never was": ["ip=192.0.2.1", 0],
  "an address and a person": [`ip=10.9.0.17&actor=${seededPerson(7)}`, count / 1000],
  "a time": [`occurred_before=${back(days / 2)}`, count / 2],
  "a span of time": [`occurred_after=${back(days / 2)}&occurred_before=${back(days / 4)}`, count / 4],
};

describe(`with ${count} events, each list and filter`, () => {
  it.each(Object.entries(queries))("reads no partition through: %s", async (_, [query]) => {
    expect(await scannedBy(() => list(query))).toEqual([]);
    const { body } = await list(query);
    if (body.next_cursor === null) return;
    expect(await scannedBy(() => list(`${query}&cursor=${body.next_cursor}`))).toEqual([]);
  });

  it.each(Object.entries(queries))(
    "tells how many there are, within a tenth: %s",
    async (name, [query, n]) => {
      const { total_estimate: total } = (await list(query)).body;
      if (name === "an address and a person") return expect(total).toBeLessThanOrEqual(n);
      expect(total).toBeGreaterThanOrEqual(n < 1000 ? n : n * 0.9);
      expect(total).toBeLessThanOrEqual(n < 1000 ? n : n * 1.1);
    },
  );

  // Times are the business of the long run, which runs alone.
  it.runIf(heavy).each(Object.entries(queries))(
    "answers within 50 ms, 19 times of 20: %s",
    async (name, [query]) => {
      const times: number[] = [];
      for (let i = 0; i < 60; i++) {
        const started = performance.now();
        expect((await list(query)).status).toBe(200);
        times.push(performance.now() - started);
      }
      const p95 = times.sort((a, b) => a - b)[56] ?? 0;
      console.log(`${name}: p95 ${p95.toFixed(1)} ms`);
      // Two indexes are joined for a person at an address: here all of a person's thousand events match.
      expect(p95).toBeLessThan(name === "an address and a person" ? 150 : 50);
    },
  );

  it("exports without reading a partition through", async () => {
    const path = "admin/audit-events/export?action=user.suspended&outcome=denied";
    expect(await scannedBy(() => service.call("GET", path, { token }))).toEqual([]);
  });

  it("and neither does a person's export of their data, nor the erasure of it", async () => {
    const user = await service.signUp();
    const own = { token: user.access_token };
    expect(await scannedBy(() => service.call("GET", "users/me/export", own))).toEqual([]);
    let status = 0;
    const leave = async () => {
      status = (await service.call("DELETE", "users/me", own)).status;
    };
    expect([await scannedBy(leave), status]).toEqual([[], 204]);
  });

  it("would notice one that is read through", async () => {
    const { db } = service.deps;
    const planted = () => db.execute(sql`select 1 from auth.audit_details where text = 'no index has this'`);
    expect(await scannedBy(planted)).not.toEqual([]);
  });
});
