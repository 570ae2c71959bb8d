import { type SQL, sql } from "drizzle-orm";
import { databaseNow, queryJson, seconds } from "../db/database.ts";
import type { Deps } from "../ports.ts";

/** What tokens hung on that ended: how many, and base64url of the sorted first eight bytes of SHA-256 of each id. */
export type Ended = { count: number; entries: string; overflow: boolean };

/** No token hangs on a key that was never used: making keys and ending them must not fill the feed. */
const wasUsed = sql`last_used_at is not null`;

/**
 * What ended within the last `window` seconds: sessions, API keys, also those whose end was brought forward, what was
 * deleted, and single tokens; the newest `most` of them. A session or key that was made at the very moment its user's epoch
 * was raised is over and says so nowhere: it is found by its epoch.
 */
export async function readEnded(
  deps: Pick<Deps, "db" | "clock">,
  { window, most }: { window: number; most: number },
): Promise<Ended> {
  const now = databaseNow(deps.clock);
  // In a subquery, so that it is one moment for the whole statement: only then can an index find what is after it.
  const since = sql`(select ${now} - ${seconds(window)})`;
  const newest = (table: SQL, at: SQL, further = sql`true`) => sql`(select id, ${at} as at from ${table}
    where ${at} > ${since} and ${further} order by ${at} desc limit ${most + 1}::int)`;
  const found = await queryJson<Ended>(
    deps.db,
    sql`with raised as materialized (
      select id, security_epoch, key_epoch, epoch_raised_at from auth.users where epoch_raised_at > ${since}),
    ended as (
      ${newest(sql`auth.sessions`, sql`ended_at`)}
      union all ${newest(sql`auth.revocations`, sql`revoked_at`)}
      union all ${newest(sql`auth.api_keys`, sql`revoked_at`, wasUsed)}
      union all ${newest(sql`auth.api_keys`, sql`expires_at`, sql`expires_at <= (select ${now}) and ${wasUsed}`)}
      union all (select s.id, u.epoch_raised_at from raised u join auth.sessions s on s.user_id = u.id
        where s.ended_at is null and s.epoch < u.security_epoch limit ${most + 1}::int)
      union all (select k.id, u.epoch_raised_at from raised u join auth.api_keys k on k.user_id = u.id
        where k.revoked_at is null and k.epoch < u.key_epoch and ${wasUsed} limit ${most + 1}::int)),
    newest as materialized (select id from ended order by at desc limit ${most + 1}::int),
    listed as (
      select distinct substring(sha256(convert_to(id::text, 'UTF8')) for 8) as prefix
      from (select id from newest limit ${most}::int) n)
    select json_build_object('count', count(*), 'overflow', (select count(*) > ${most}::int from newest),
      'entries', coalesce(translate(encode(string_agg(prefix, ''::bytea order by prefix), 'base64'), E'+/=\n', '-_'), ''))
      as result from listed`,
  );
  if (!found) throw new Error("an aggregate gave no row");
  return found;
}
