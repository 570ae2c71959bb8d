import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { createTestDatabase } from "../support/database.ts";

type Journal = { entries: { tag: string }[] };

it("brings the events of before along, each into its month, with its details", async () => {
  const database = await createTestDatabase();
  const { entries } = JSON.parse(readFileSync("drizzle/meta/_journal.json", "utf8")) as Journal;
  const apply = async (from: number, to?: number) => {
    for (const { tag } of entries.slice(from, to)) {
      const text = readFileSync(`drizzle/${tag}.sql`, "utf8");
      for (const statement of text.split("--> statement-breakpoint")) await database.query(statement);
    }
  };
  await database.query("drop schema auth cascade");
  await database.query("create schema auth");
  await apply(0, 4);
  await database.query(
    `with made as (
      insert into auth.audit_events (id, occurred_at, action, outcome, request_id, details_hash)
      select gen_random_uuid(), now() - i * interval '10 days', 'x', 'success', 'r' || i, 'h'
      from generate_series(0, 20) i returning id, request_id)
    insert into auth.audit_details (event_id, salt, ip) select id, 's', request_id from made`,
  );
  await apply(4);
  const rows = await database.query(
    `select count(*)::int as events, count(d.ip)::int as details, bool_and(d.ip = e.request_id) as paired,
       bool_and(e.tableoid::regclass::text = 'auth.audit_events_' || to_char(e.occurred_at at time zone 'utc', 'YYYY_MM')) as in_month
     from auth.audit_events e left join auth.audit_details d on d.event_id = e.id and d.occurred_at = e.occurred_at`,
  );
  expect(rows).toEqual([{ events: 21, details: 21, paired: true, in_month: true }]);
  await database.close();
});
