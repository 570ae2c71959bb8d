import type pg from "pg";

type Query = (text: string, values?: unknown[]) => Promise<unknown>;

const batchSize = 20_000;

const firstNames =
  "Ada Ahmed Aiko Alan Amara Ana Andrzej Anke Barbara Björn Carlos Chen Chidi Claire Dana Dmitri Edsger Elif Emeka Eva " +
  "Fatima Felix Frances Giulia Grace Hana Hedy Hiro Ines Ivan Jana Jean João Karen Katherine Kofi Lars Leila Linus Luca " +
  "Mái Margaret Marta Mei Niklaus Noor Olga Omar Paolo Priya Radia Ravi Rosa Sven Tariq Tim Ursula Vera Wei Yusuf Zoë";
const lastNames =
  "Abara Adams Allen Bauer Becker Bianchi Brown Castro Chan Clarke Cohen Costa Díaz Dijkstra Dubois Dvořák Eriksson Evans " +
  "Fischer Foster García Goldberg Hamilton Haddad Hansen Hopper Horvat Hughes Ito Ivanov Jensen Johnson Kaplan Kimura Kovács " +
  "Kowalski Lamarr Larsen Lovelace Meyer Moreau Müller Nakamura Nguyen Novak O'Brien Okafor Perlman Petrov Popescu Ritchie " +
  "Rossi Sato Schmidt Silva Smith Tanaka Thompson Turing Vega Wagner Weber Wilson Wirth Yilmaz Zhang";

/**
 * Users `first` … `last` of `total`, oldest first, over three years. What is spread evenly: 1 % suspended, 20 %
 * not verified, sign-ins over the last year, 3 % who never signed in, 1 % with the role `support`, 3 % with an
 * authenticator app, 2 % with passkeys. What
 * lies together, to mislead a planner: the oldest 2 % are not verified and never signed in, the newest 1 % have the role `beta`
 * and addresses at `umbrella.example`, the oldest 1 % theirs at `initech.example`.
 */
const insertUsers = `with parameters as (
    select string_to_array($4, ' ') as firsts, string_to_array($5, ' ') as lasts),
  drawn as (
    select n, random() as r1, random() as r2, random() as r3, random() as r4, random() as r5,
      firsts[1 + floor(random() * cardinality(firsts))::int] as first_name,
      lasts[1 + floor(random() * cardinality(lasts))::int] as last_name,
      now() - (1 - (n - 0.5) / $3::float8) * interval '1095 days' as created_at
    from generate_series($1::int, $2::int) n, parameters),
  shaped as (
    select d.*, lpad(to_hex(floor(extract(epoch from created_at) * 1000)::bigint), 12, '0') || '7'
        || substr(md5(n::text || r1::text), 1, 3) || '8' || substr(md5(r2::text || n::text), 1, 15) as hex,
      lower(translate(first_name || '.' || last_name, 'öãáčřëüíéó''', 'oaacreuieo')) || n || '@' || case
        when n <= $3 * 0.01 then 'initech.example' when n > $3 * 0.99 then 'umbrella.example'
        when r3 < 0.55 then (array['mail', 'post', 'inbox', 'letters'])[1 + floor(r3 * 7)::int] || '.example'
        else 'company' || floor(r3 * 8000)::int || '.example' end as email
    from drawn d),
  made as (
    insert into auth.users (id, email, email_key, email_verified, password_hash, name, locale, metadata, status,
      suspended_reason, has_totp, passkeys, created_at, updated_at, last_sign_in_at)
    select hex::uuid, email, email, n > $3 * 0.02 and r4 >= 0.2,
      '$scrypt$ln=14,r=8,p=5$' || left(md5(hex), 22) || '$' || md5(email) || left(md5(hex || email), 11),
      case when r5 >= 0.05 then first_name || ' ' || last_name end, 'en', jsonb_build_object('seed', n),
      case when r2 < 0.01 then 'suspended' else 'active' end, case when r2 < 0.01 then 'Chargeback' end,
      floor(r2 * 1e6)::int % 100 < 3, case when floor(r3 * 1e6)::int % 100 < 2 then 1 + n % 3 else 0 end,
      created_at, created_at,
      case when n > $3 * 0.02 and r1 >= 0.03 then greatest(created_at, now() - r5 * interval '365 days') end
    from shaped returning id)
  insert into auth.user_roles (user_id, role)
  select s.hex::uuid, r.role from shaped s cross join lateral (
    select 'user' as role
    union all select 'support' where r4 > 0.99
    union all select 'auditor' where r4 < 0.001
    union all select 'beta' where n > $3 * 0.99) r
  where (select count(*) from made) > 0`;

/** Fills a migrated database with made-up people, the same for the same count but for the moment of now. */
export async function seedPeople(
  query: Query,
  total: number,
  onProgress: (done: number) => void = () => undefined,
): Promise<void> {
  await query(`insert into auth.roles (name, permissions, created_at)
    values ('support', '{users:read}', now()), ('beta', '{}', now()) on conflict do nothing`);
  for (let first = 1; first <= total; first += batchSize) {
    const last = Math.min(total, first + batchSize - 1);
    await query(`select setseed(${first % 997} / 997.0)`);
    await query(insertUsers, [first, last, total, firstNames, lastNames]);
    onProgress(last);
  }
  await query("vacuum analyze auth.users");
  await query("vacuum analyze auth.user_roles");
}

export const queryOf =
  (client: pg.Client): Query =>
  (text, values) =>
    client.query(text, values);
