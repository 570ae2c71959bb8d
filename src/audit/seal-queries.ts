import { type SQL, sql } from "drizzle-orm";
import { databaseNow, queryJson, seconds } from "../db/database.ts";
import type { Deps } from "../ports.ts";
import { noHash, type SealContent, sealedColumns } from "./canonical.ts";
import { microTime } from "./fragments.ts";

type Needs = Pick<Deps, "db" | "clock">;

/** No statement lasts this long, so nothing is still to come into a window that ended so long ago. */
const settledSeconds = 300;

/** What the next seal is about, all but the key that is to sign it. */
export type Window = Omit<SealContent, "public_key">;

/**
 * The oldest `atMost` events that no seal covers and that are settled, with all of their last microsecond: how many,
 * and the hash over them. Never of two months (UTC), since months are dropped whole. Undefined when there is none.
 */
export function readWindow(deps: Needs, atMost: number): Promise<Window | undefined> {
  const now = databaseNow(deps.clock);
  return queryJson(
    deps.db,
    sql`with last as materialized (
      select number, window_end, hash from auth.audit_seals order by number desc limit 1),
    t as materialized (
      select ${now} as now, coalesce((select window_end from last), '-infinity') as after),
    oldest as materialized (
      select min(e.occurred_at) as at from auth.audit_events e where e.occurred_at > (select after from t)),
    bounds as materialized (
      select t.after, least(t.now - ${seconds(settledSeconds)},
        (date_trunc('month', o.at at time zone 'utc') + interval '1 month') at time zone 'utc') as before
      from t, oldest o),
    taken as materialized (
      select max(occurred_at) as until from (
        select e.occurred_at from auth.audit_events e
        where e.occurred_at > (select after from bounds) and e.occurred_at < (select before from bounds)
        order by e.occurred_at, e.id limit ${atMost}::int) oldest_events),
    hashed as (
      select count(*)::int as events, sha256(string_agg(
          sha256(convert_to(${sql.join(sealedColumns.map(framed), sql` || `)}, 'UTF8')),
          ''::bytea order by e.occurred_at, e.id)) as rows_hash
      from auth.audit_events e
      where e.occurred_at > (select after from bounds) and e.occurred_at <= (select until from taken))
    select json_build_object('number', coalesce((select number from last), 0) + 1,
      'previous_end', ${microTime(sql`(select window_end from last)`)},
      'window_end', ${microTime(sql`(select until from taken)`)}, 'events', h.events,
      'rows_hash', encode(h.rows_hash, 'hex'),
      'previous_hash', coalesce((select encode(hash, 'hex') from last), ${noHash}),
      'sealed_at', ${microTime(sql`(select now from t)`)}) as result
    from hashed h where h.events > 0`,
  );
}

/** A column of the event `e` as `canonical.ts` frames it. */
function framed(column: string): SQL {
  const name = sql`e.${sql.raw(column)}`;
  const text =
    column === "occurred_at"
      ? microTime(name)
      : column === "details_hash"
        ? sql`encode(${name}, 'hex')`
        : sql`${name}::text`;
  return sql`coalesce(octet_length(${text}) || ':' || ${text}, '-')`;
}

/** Adds a seal to the chain, unless another has taken its number. */
export async function insertSeal(
  deps: Needs,
  seal: SealContent & { hash: string; signature: string },
): Promise<boolean> {
  const inserted = await queryJson<number>(
    deps.db,
    sql`with added as (
      insert into auth.audit_seals (number, window_end, events, rows_hash, previous_hash, hash, signature,
        public_key, sealed_at)
      select ${seal.number}::int, ${seal.window_end}::timestamptz, ${seal.events}::int,
        decode(${seal.rows_hash}, 'hex'), decode(${seal.previous_hash}, 'hex'), decode(${seal.hash}, 'hex'),
        decode(${seal.signature}, 'hex'), decode(${seal.public_key}, 'hex'), ${seal.sealed_at}::timestamptz
      where ${seal.number}::int = 1 or exists (
        select 1 from auth.audit_seals s
        where s.number = ${seal.number}::int - 1 and s.hash = decode(${seal.previous_hash}, 'hex'))
      on conflict (number) do nothing returning number)
    select to_json(number) as result from added`,
  );
  return inserted !== undefined;
}

/** Makes the partitions of this month and the next ones; says how many months it made. */
export async function makePartitions(deps: Needs): Promise<number> {
  const made = await queryJson<number>(
    deps.db,
    sql`select to_json(auth.make_audit_partitions(${databaseNow(deps.clock)})) as result`,
  );
  return made ?? 0;
}

/** Drops the months that ended more than so many days ago, where PostgreSQL allows it; says how many. */
export async function dropPartitions(deps: Needs, days: number): Promise<number> {
  const dropped = await queryJson<number>(
    deps.db,
    sql`select to_json(auth.drop_audit_partitions(${databaseNow(deps.clock)} - ${days}::int * interval '1 day'))
      as result`,
  );
  return dropped ?? 0;
}
