import { connectClient } from "./database.ts";

const batchSize = 200_000;

/**
 * Sessions of the users of a database, spread over them: most of the last 90 days, some ended, some of a phone. Their ids go
 * with their age, as those of the service do.
 */
const insertSessions = `
  insert into auth.sessions (id, user_id, client_id, epoch, generation, rotated_at, created_at, last_used_at, expires_at,
    ended_at, ended_reason, amr, acr, auth_time, ip, network, user_agent)
  select (lpad(to_hex((extract(epoch from t) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8'
      || substr(md5('s' || n), 1, 15))::uuid,
    u.ids[1 + n % cardinality(u.ids)], 'gatehouse', 1, n % 40, t, t, t, t + interval '7 days',
    case when n % 5 = 0 then t + interval '1 day' end, case when n % 5 = 0 then 'logout' end,
    '{pwd}', 'urn:gatehouse:acr:1', t, '10.0.0.1', '10.0.0.1',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
  from generate_series($1::int, $2::int) n,
    lateral (select now() - (1 - n::float8 / $3) * interval '90 days' as t) x,
    (select array_agg(id) as ids from (select id from auth.users order by created_at limit 100000) some_users) u
  on conflict do nothing`;

/** Fills the table of sessions up to so many, from where it was left. */
export async function seedSessions(url: string, count: number): Promise<void> {
  const client = await connectClient(url);
  try {
    const { rows } = await client.query<{ n: number }>("select count(*)::int as n from auth.sessions");
    const found = rows[0]?.n ?? 0;
    if (found >= count * 0.99) return;
    const startedAt = performance.now();
    for (let first = 1; first <= count; first += batchSize) {
      const last = Math.min(count, first + batchSize - 1);
      await client.query(insertSessions, [first, last, count]);
      const rate = Math.round(last / ((performance.now() - startedAt) / 1000));
      if (last % 1_000_000 === 0) console.log(`${last} of ${count} sessions, ${rate} a second`);
    }
    await client.query("vacuum analyze auth.sessions");
  } finally {
    await client.end();
  }
}
