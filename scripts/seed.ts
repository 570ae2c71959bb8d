import { parseArgs } from "node:util";
import type { SQL } from "drizzle-orm";
import pg from "pg";
import { systemClock, systemRandom } from "../src/adapters/system.ts";
import { sealEvents } from "../src/audit/seal-events.ts";
import { parseConfig } from "../src/config.ts";
import type { Database } from "../src/db/database.ts";
import { renderStatement } from "../src/db/render.ts";
import { isLoopbackHost } from "../src/lib/network.ts";
import type { Deps } from "../src/ports.ts";
import { loadKeys } from "../src/token/keys.ts";
import { hasDevPostgres, startDevPostgres, takeDevLock } from "./dev-postgres.ts";
import { fail, run, scriptEnvironment } from "./environment.ts";
import { migrate } from "./migrations.ts";
import { rowsOfCounts } from "./seed/counts.ts";
import { makeHistory } from "./seed/history.ts";
import { makePeople } from "./seed/people.ts";
import { rowsOfMail, rowsOfPrograms } from "./seed/programs.ts";
import { createDraw } from "./seed/random.ts";
import { type Rows, roleRows, rowsOfEvents, rowsOfPeople, rowsOfSessions } from "./seed/rows.ts";

const usage = "Usage: npm run seed -- [--users=2000]";
const sameEveryTime = 20_261_125;
const rowsPerStatement = 1000;
const mostUsers = 100_000;
/** Who asks for this number in PostgreSQL seeds, and nobody else at the same time. */
const seedLock = 77_100;

function readCount(): number {
  try {
    const { values } = parseArgs({ options: { users: { type: "string", default: "2000" } } });
    const count = Number(values.users);
    return Number.isInteger(count) && count >= 10 && count <= mostUsers ? count : fail(usage);
  } catch {
    return fail(usage); // an option we do not know
  }
}

/** Redrawn in place on a terminal; elsewhere a line a second. */
function progressMeter() {
  const { stderr } = process;
  const started = performance.now();
  let [done, shown] = [0, started];
  return (count: number, isLast = false) => {
    done += count;
    const now = performance.now();
    if (!isLast && now - shown < (stderr.isTTY ? 100 : 1000)) return;
    shown = now;
    const rate = Math.round((done * 1000) / Math.max(1, now - started));
    const text = `${done} rows, ${rate} a second`;
    stderr.write(stderr.isTTY ? `\r${text}\u001b[K${isLast ? "\n" : ""}` : `${text}\n`);
  };
}

/** The port of the service's own use cases, on a connection that is there already. */
function databaseOn(client: pg.Client): Database {
  const execute = async <Row>(statement: SQL) => {
    const { text, params } = renderStatement(statement);
    return { rows: (await client.query(text, params)).rows as Row[] };
  };
  return { execute };
}

type Meter = ReturnType<typeof progressMeter>;

async function insert(client: pg.Client, { table, columns, rows }: Rows, meter: Meter): Promise<void> {
  // What is there already: a role of that name, a day that has counts.
  const conflict =
    table === "daily_counts"
      ? "on conflict (day, metric, shard) do update set count = d.count + excluded.count"
      : table === "roles"
        ? "on conflict do nothing"
        : "";
  for (let from = 0; from < rows.length; from += rowsPerStatement) {
    const batch = rows.slice(from, from + rowsPerStatement);
    await client.query(
      `insert into auth.${table} as d (${columns})
       select ${columns} from jsonb_populate_recordset(null::auth.${table}, $1::jsonb) ${conflict}`,
      [JSON.stringify(batch)],
    );
    meter(batch.length);
  }
}

/** All of it or nothing, so that what was cut short can be begun again. */
async function seed(
  client: pg.Client,
  deps: Omit<Deps, "db" | "passwords" | "mailer" | "background" | "isBreached" | "isHuman" | "runtime">,
  count: number,
): Promise<void> {
  const now = deps.clock.now().getTime();
  await client.query("select pg_advisory_lock($1)", [seedLock]);
  const { rows } = await client.query<{ demo: boolean; seals: number; emails: string[] }>(
    `select coalesce(bool_or(app_metadata ? 'demo'), false) as demo, coalesce(array_agg(email_key), '{}') as emails,
       (select count(*)::int from auth.audit_seals) as seals from auth.users`,
  );
  const { demo = false, seals = 0, emails = [] } = rows[0] ?? {};
  if (demo) {
    console.log("The demo is there already. Nothing was changed.");
    return;
  }
  // What is older than the last seal can be inserted no more: that is what the seals are for.
  if (seals > 0)
    fail("The audit log of this database is sealed already. Delete .gatehouse/postgres and start anew.");
  const meter = progressMeter();
  const draw = createDraw(sameEveryTime);
  const people = makePeople(draw, { count, now, taken: new Set(emails) });
  const history = makeHistory(draw, people, now);
  const programs = rowsOfPrograms(draw, people, now);
  history.happenings.push(...programs.happenings);
  const months = new Set(history.happenings.map(({ at }) => new Date(at).toISOString().slice(0, 7)));
  for (const month of [...months].sort()) {
    await client.query("select auth.make_audit_partitions($1::timestamptz)", [`${month}-01T00:00:00Z`]);
  }
  const { tables, factors } = await rowsOfPeople(deps, draw, people, history);
  const all = [
    roleRows,
    ...tables,
    ...rowsOfSessions(deps, history, factors),
    ...programs.tables,
    rowsOfMail(draw, history, now),
    ...rowsOfEvents(draw, history.happenings),
    rowsOfCounts(draw, history, now),
  ];
  await client.query("begin");
  for (const rows of all) await insert(client, rows, meter);
  await sealAll(client, deps);
  await client.query("commit");
  meter(0, true);
  await client.query("analyze");
  console.log(
    `${people.length} users, ${history.sessions.length} sessions, ${history.happenings.length} events.`,
  );
}

/** In the same transaction: had somebody else sealed meanwhile, what came in behind the seal would look like a forgery. */
async function sealAll(client: pg.Client, deps: Pick<Deps, "clock" | "keys" | "log">): Promise<void> {
  const db = databaseOn(client);
  let sealed = 0;
  for (let more = await sealEvents({ ...deps, db }); more > 0; more = await sealEvents({ ...deps, db }))
    sealed += more;
  const { rows } = await client.query<{ count: number }>("select count(*)::int from auth.audit_seals");
  if (rows[0]?.count !== sealed) fail("The audit log was sealed meanwhile. Nothing was changed.");
}

/** The database that is asked for; that of `npm run dev` is started where it stands still. */
async function connect(url: string): Promise<{ client: pg.Client; close: () => Promise<void> }> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    return { client, close: () => client.end() };
  } catch (error) {
    const isDown = (error as { code?: string }).code === "ECONNREFUSED";
    if (!isDown || !hasDevPostgres()) {
      return fail(`The database does not answer (${(error as Error).message}). Run npm run dev first.`);
    }
  }
  return connectToStopped();
}

async function connectToStopped(): Promise<{ client: pg.Client; close: () => Promise<void> }> {
  const unlock = takeDevLock();
  const postgres = await startDevPostgres();
  const stop = async () => {
    await postgres.stop();
    unlock();
  };
  try {
    const url = postgres.url("gatehouse");
    await migrate(url);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return { client, close: () => client.end().then(stop) };
  } catch (error) {
    await stop(); // else it would outlive this process
    throw error;
  }
}

await run(async () => {
  const count = readCount();
  const environment = scriptEnvironment();
  const host = URL.canParse(environment.DATABASE_URL ?? "")
    ? new URL(environment.DATABASE_URL ?? "").hostname
    : fail("DATABASE_URL is not set. Run npm run dev first, which writes it to .dev.vars.");
  if (!["development", "test"].includes(environment.ENVIRONMENT ?? "") || !isLoopbackHost(host)) {
    fail("This makes people up, so it works in development alone, on a database of this machine.");
  }
  const config = parseConfig(environment);
  const keys = await loadKeys(config);
  const { client, close } = await connect(config.databaseUrl);
  const clock = systemClock(config.clockOffsetSeconds);
  await seed(client, { config, keys, clock, random: systemRandom, log: () => undefined }, count).finally(
    close,
  );
  console.log(
    "None of them has a password that anybody knows. Sign in as an admin of your own: by the link that npm run dev\n" +
      "prints, or by npm run admin:create -- --email you@example.com",
  );
});
