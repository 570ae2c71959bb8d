import { beforeAll, describe, expect, it } from "vitest";
import { seedPeople } from "../../bench/people.ts";
import { deleteExpired, sweptTables } from "../../src/maintenance/queries.ts";
import { captureStatements, explain } from "../support/explain.ts";
import { heavy } from "../support/heavy.ts";
import { useService } from "../support/service.ts";

const service = useService();
const users = heavy ? 200_000 : 5000;
const query = (text: string, values?: unknown[]) => service.database.query(text, values);

/** Of each table as much that is still of use as makes reading it from first to last dear. */
const rows = `
  insert into auth.sessions (id, user_id, client_id, epoch, rotated_at, created_at, last_used_at, expires_at,
      amr, acr, auth_time, ip, network)
    select gen_random_uuid(), u.id, 'gatehouse', 1, t, t, t, t + interval '7 days', '{pwd}', '1', t, '::1', '::1'
    from auth.users u, lateral (select now() - random() * interval '7 days' as t) x, generate_series(1, 4);
  insert into auth.throttle_windows select md5(u.id::text), 1, now() + interval '1 hour' from auth.users u;
  insert into auth.devices select u.id, n::text, now() from auth.users u, generate_series(1, 3) n;
  insert into auth.outbox (id, kind, email, email_key, user_id, state, due_at, created_at)
    select gen_random_uuid(), 'new_device', email, email_key, id, 'sent', now(), now() from auth.users, generate_series(1, 3);
  insert into auth.totp_factors select id, gen_random_uuid(), 'x', 'x', 0, now(), now() from auth.users;
  insert into auth.trusted_devices
    select gen_random_uuid(), id, 1, now(), now(), now() + interval '30 days', '::1', null from auth.users;
  insert into auth.spent_challenges select gen_random_uuid(), now() from auth.users, generate_series(1, 3);
  insert into auth.revocations select gen_random_uuid(), now() from auth.users, generate_series(1, 3);
  analyze`;

/** Those that hold a few rows whatever happens. */
const small = new Set(["import_runs", "daily_counts", "api_keys"]);

beforeAll(async () => {
  await seedPeople(query, users);
  for (const statement of rows.split(";")) await query(statement);
}, 300_000);

describe(`with ${users} users, the sweep of every minute`, () => {
  it.each(sweptTables.filter((table) => !small.has(table)))(
    "finds what to delete of %s by an index",
    async (table) => {
      const [statement] = await captureStatements(service.deps, (deps) => deleteExpired(deps, table, 1000));
      const plan = await explain(query, statement ?? { text: "", params: [] });
      expect(plan).toMatch(/Index/);
      expect(plan).not.toMatch(/Seq Scan/);
    },
  );

  it("would be caught reading a table", async () => {
    const planted = { text: "delete from auth.sessions where expires_at < clock_timestamp()", params: [] };
    expect(await explain(query, planted)).toMatch(/Seq Scan on sessions/);
  });
});

it("a refresh writes into no index, but for the first of a day", async () => {
  const { refresh_token: first } = await service.signUp();
  const updates = async () => {
    const [row] = await service.database.query<{ all: number; hot: number }>(
      `select n_tup_upd::int as all, n_tup_hot_upd::int as hot from pg_stat_user_tables where relname = 'sessions'`,
    );
    return row ?? { all: 0, hot: 0 };
  };
  let token = first;
  for (let count = 0; count < 20; count++) token = (await service.refresh(token)).body.refresh_token;
  // A connection tells what it did when it has been idle for a while, or is closed.
  await expect.poll(async () => (await updates()).all, { timeout: 15_000 }).toBeGreaterThanOrEqual(20);
  const { all, hot } = await updates();
  expect(all - hot).toBeLessThanOrEqual(2);
});
