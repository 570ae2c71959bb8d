import { type SQL, sql } from "drizzle-orm";
import { databaseNow, queryJson, seconds } from "../db/database.ts";
import type { Deps } from "../ports.ts";
import { dayOf } from "../stats/fragments.ts";

type Needs = Pick<Deps, "db" | "clock">;

const day = 86_400;
/** What is over is kept this long for owners and operators to look at. */
const keptSeconds = 90 * day;
const keptMailSeconds = 30 * day;
const keptCountDays = 400;

/** What has no more use, by table, over its row `t`. */
const expired: Record<string, (now: SQL) => SQL> = {
  throttle_windows: (now) => sql`t.ends_at < ${now}`,
  sessions: (now) =>
    sql`(t.ended_at < ${now} - ${seconds(keptSeconds)} or t.expires_at < ${now} - ${seconds(keptSeconds)})`,
  devices: (now) => sql`t.seen_at < ${now} - ${seconds(keptSeconds)}`,
  // A notice without a user belonged to an account that was deleted.
  outbox: (now) => sql`t.state not in ('pending', 'sending') and case
    when t.state = 'dead' or (t.expires_at is null and t.user_id is not null)
      then t.created_at < ${now} - ${seconds(keptMailSeconds)}
    else coalesce(t.expires_at, t.created_at) < ${now} - ${seconds(day)} end`,
  // Whoever began to set up an authenticator app and did not go on.
  totp_factors: (now) => sql`t.confirmed_at is null and t.created_at < ${now} - ${seconds(day)}`,
  trusted_devices: (now) => sql`t.expires_at < ${now}`,
  // Their end is by the clock of whoever made them, which may be a little off.
  spent_challenges: (now) => sql`t.expires_at < ${now} - ${seconds(day)}`,
  api_keys: (now) =>
    sql`(t.revoked_at < ${now} - ${seconds(keptSeconds)} or t.expires_at < ${now} - ${seconds(keptSeconds)})`,
  // Longer than any access token lives.
  revocations: (now) => sql`t.revoked_at < ${now} - ${seconds(31 * day)}`,
  import_runs: (now) => sql`t.updated_at < ${now} - ${seconds(keptSeconds)}`,
  daily_counts: (now) => sql`t.day < ${dayOf(now)} - ${keptCountDays}::int`,
};

export const sweptTables = Object.keys(expired);

/** Deletes up to `atMost` rows of a table that have no more use; says how many there were. */
export async function deleteExpired(deps: Needs, table: string, atMost: number): Promise<number> {
  const now = databaseNow(deps.clock);
  const name = sql.raw(`auth.${table}`);
  const useless = expired[table]?.(now) ?? sql`false`;
  const count = await queryJson<number>(
    deps.db,
    sql`with doomed as materialized (
      select t.ctid from ${name} t where ${useless} limit ${atMost}::int for update skip locked),
    deleted as (delete from ${name} t using doomed d where t.ctid = d.ctid returning 1)
    select to_json(count(*)) as result from deleted`,
  );
  return count ?? 0;
}

/** Takes the lease `name`, unless another process holds it: of ten that ask, one is answered true. */
export async function takeLease(deps: Needs, name: string, leaseSeconds: number): Promise<boolean> {
  const now = databaseNow(deps.clock);
  const taken = await queryJson<string>(
    deps.db,
    sql`with taken as (
      insert into auth.leases as l (name, until) values (${name}, ${now} + ${seconds(leaseSeconds)})
      on conflict (name) do update set until = excluded.until where l.until <= ${now}
      returning l.name)
    select to_json(name) as result from taken`,
  );
  return taken !== undefined;
}
