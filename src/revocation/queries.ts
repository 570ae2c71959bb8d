import { type SQL, sql } from "drizzle-orm";
import { databaseNow, queryJson, seconds } from "../db/database.ts";
import type { Deps } from "../ports.ts";

/** What tokens hung on that ended: how many, and base64url of the sorted first eight bytes of SHA-256 of each id. */
export type Ended = { count: number; entries: string; overflow: boolean };

/**
 * What ended within the last `window` seconds: sessions, API keys, what was deleted, and single tokens; the newest
 * `most` of them. A session that was opened at the very moment its user's epoch was raised is over and says so
 * nowhere: it is found by its epoch, among those whose id, a UUIDv7, is not before `firstId`.
 */
export async function readEnded(
  deps: Pick<Deps, "db" | "clock">,
  { window, most, firstId }: { window: number; most: number; firstId: string },
): Promise<Ended> {
  const now = databaseNow(deps.clock);
  // In a subquery, so that it is one moment for the whole statement: only then can an index find what is after it.
  const since = sql`(select ${now} - ${seconds(window)})`;
  const newest = (table: SQL, at: SQL) => sql`(select id, ${at} as at from ${table}
    where ${at} > ${since} order by ${at} desc limit ${most + 1}::int)`;
  const found = await queryJson<Ended>(
    deps.db,
    sql`with ended as (
      ${newest(sql`auth.sessions`, sql`ended_at`)}
      union all ${newest(sql`auth.api_keys`, sql`revoked_at`)}
      union all ${newest(sql`auth.revocations`, sql`revoked_at`)}
      union all (select s.id, ${now} from auth.sessions s join auth.users u on u.id = s.user_id
        where s.id >= ${firstId}::uuid and s.ended_at is null and s.epoch < u.security_epoch
        limit ${most + 1}::int)),
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
