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

/** Rows of a table that have no more use, over its row `t`: those whose `by` is before `end`, and `where`, if there is more to it. */
type Useless = { readonly by: string; readonly end: (now: SQL) => SQL; readonly where?: SQL };

const ago = (count: number) => (now: SQL) => sql`${now} - ${seconds(count)}`;
const now = (now: SQL) => now;

/** By table; `by` is what an index of it begins with. */
const useless: Record<string, readonly Useless[]> = {
  throttle_windows: [{ by: "ends_at", end: now }],
  sessions: [
    { by: "ended_at", end: ago(keptSeconds) },
    { by: "expires_on", end: (now) => sql`((${now} - ${seconds(keptSeconds)}) at time zone 'utc')::date` },
  ],
  devices: [{ by: "seen_at", end: ago(keptSeconds) }],
  outbox: [
    { by: "created_at", end: ago(keptMailSeconds), where: sql`t.state not in ('pending', 'sending')` },
    {
      by: "coalesce(expires_at, created_at)",
      end: ago(day),
      // A notice without a user belonged to an account that was deleted.
      where: sql`t.state in ('sent', 'skipped') and (t.expires_at is not null or t.user_id is null)`,
    },
  ],
  // Whoever began to set up an authenticator app and did not go on.
  totp_factors: [{ by: "created_at", end: ago(day), where: sql`t.confirmed_at is null` }],
  trusted_devices: [{ by: "expires_at", end: now }],
  // Their end is by the clock of whoever made them, which may be a little off.
  spent_challenges: [{ by: "expires_at", end: ago(day) }],
  api_keys: [
    { by: "revoked_at", end: ago(keptSeconds) },
    { by: "expires_at", end: ago(keptSeconds) },
  ],
  // Longer than any access token lives.
  revocations: [{ by: "revoked_at", end: ago(31 * day) }],
  import_runs: [{ by: "updated_at", end: ago(keptSeconds) }],
  daily_counts: [{ by: "day", end: (now) => sql`${dayOf(now)} - ${keptCountDays}::int` }],
};

export const sweptTables = Object.keys(useless);

/**
 * Deletes rows of a table that have no more use, up to `atMost` of each kind; says how many there were. They are looked for in
 * the order of an index: otherwise a planner, who cannot know how few are that old, would read the table for them.
 */
export async function deleteExpired(deps: Needs, table: string, atMost: number): Promise<number> {
  // Read once, or no index would be of use: the clock goes on while a table is looked through.
  const now = sql`(select ${databaseNow(deps.clock)})`;
  const name = sql.raw(`auth.${table}`);
  const kinds = useless[table] ?? [];
  const ctes = kinds.map(({ by, end, where }, index) => {
    const key = sql.raw(by);
    return sql`${doomed(index)} as materialized (
      select t.ctid from ${name} t where ${key} < ${end(now)} ${where ? sql`and ${where}` : sql``}
      order by ${key} limit ${atMost}::int for update skip locked)`;
  });
  const all = sql.join(
    kinds.map((_, index) => sql`select ctid from ${doomed(index)}`),
    sql` union `,
  );
  const count = await queryJson<number>(
    deps.db,
    sql`with ${sql.join(ctes, sql`, `)},
    deleted as (delete from ${name} t where t.ctid = any(array(${all})) returning 1)
    select to_json(count(*)) as result from deleted`,
  );
  return count ?? 0;
}

const doomed = (index: number) => sql.raw(`doomed_${index}`);

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
