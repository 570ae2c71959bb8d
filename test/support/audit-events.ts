import pg from "pg";
import { expect } from "vitest";
import type { TestDatabase } from "./database.ts";
import { inParallel } from "./heavy.ts";
import type { Service } from "./service.ts";

const actions = ["login.succeeded", "login.refused", "session.ended", "password.changed", "user.suspended"];

/**
 * Writes `count` events with their details into the audit log, evenly over the `days` before `until`, as the service
 * would have: people of a thousand, addresses of two hundred and fifty, every fifth refused.
 */
export async function seedEvents(
  database: TestDatabase,
  { count, days, until = new Date() }: { count: number; days: number; until?: Date },
): Promise<void> {
  const first = new Date(until.getTime() - days * 86_400_000);
  for (let month = first; month <= until; ) {
    await database.query("select auth.make_audit_partitions($1)", [month]);
    month = new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1));
  }
  await database.query(
    `with made as materialized (
      select gen_random_uuid() as id, $3::timestamptz - ($1::int - i) * ($2::int * interval '1 day') / $1::int as at,
        ($4::text[])[1 + i % 5] as action, case when i % 5 = 1 then 'denied' else 'success' end as outcome,
        ('00000000-0000-7000-8000-' || lpad(to_hex(i * 7 % 1000), 12, '0'))::uuid as actor,
        ('00000000-0000-7000-8000-' || lpad(to_hex(i * 13 % 1000), 12, '0'))::uuid as subject,
        'seeded-' || i as request, decode(md5(i::text), 'hex') as salt, '10.9.0.' || i * 17 % 250 as ip
      from generate_series(1, $1::int) i),
    events as (
      insert into auth.audit_events
        (id, occurred_at, action, outcome, actor_id, subject_id, session_id, request_id, details_hash)
      select id, at, action, outcome, actor, subject, null, request,
        sha256(salt || convert_to('["' || ip || '",null,null,null]', 'UTF8')) from made)
    insert into auth.audit_details (event_id, occurred_at, salt, ip) select id, at, salt, ip from made`,
    [count, days, until, actions],
  );
  await database.query("analyze auth.audit_events");
  await database.query("analyze auth.audit_details");
}

/** The person that every thousandth event is by; `index` below 1,000. */
export const seededPerson = (index: number) =>
  `00000000-0000-7000-8000-${index.toString(16).padStart(12, "0")}`;

/** A window of its own: some sign-ins, then time, then the work of every minute. */
export async function sealSome(service: Service): Promise<number> {
  await service.signUp();
  await inParallel(5, () => service.logIn("nobody@example.com", "Wrong-horse-7"));
  service.advance(301);
  const { body } = await service.call<{ sealed: number }>("POST", "/dev/cron");
  return body.sealed;
}

/** SQL as a superuser runs it who wants no trigger to see it. It is undone when `work` is over. */
export async function tampered<T>(
  database: TestDatabase,
  statements: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const tables = ["audit_events", "audit_details", "audit_seals"];
  await client.query("set session_replication_role = replica");
  for (const table of tables) await client.query(`create table kept_${table} as table auth.${table}`);
  try {
    for (const statement of statements) {
      const { rowCount } = await client.query(statement);
      expect([statement, rowCount]).not.toEqual([statement, 0]);
    }
    return await work();
  } finally {
    for (const table of tables) {
      await client.query(`delete from auth.${table}`);
      await client.query(`insert into auth.${table} select * from kept_${table}`);
      await client.query(`drop table kept_${table}`);
    }
    await client.end();
  }
}

/** The second window, as a condition on the events. */
export const inSecond = `occurred_at > (select window_end from auth.audit_seals where number = 1)
  and occurred_at <= (select window_end from auth.audit_seals where number = 2)`;
/** One event of it. */
export const oneOfSecond = `id = (select id from auth.audit_events where ${inSecond} order by occurred_at offset 2 limit 1)`;
