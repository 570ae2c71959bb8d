import { mkdirSync, readFileSync } from "node:fs";
import pg from "pg";
import { migrate } from "../scripts/migrations.ts";
import { freePort, startPostgres } from "../scripts/postgres.ts";

export type BenchDatabase = { url: string; client: pg.Client; close: () => Promise<void> };

/** An embedded PostgreSQL that counts what statements are run. */
export type BenchPostgres = {
  pid: number;
  /** A database of this name, made when there is none yet, and migrated unless it is for somebody else's tables. */
  database: (name: string, tables?: "of others") => Promise<string>;
  stop: () => Promise<void>;
};

const folder = ".gatehouse/bench";
const preferredPort = 54_339;

/**
 * The database that benches run on, migrated: `BENCH_DATABASE_URL`, or one of an embedded PostgreSQL whose
 * data stay in `.gatehouse/bench`, a database for each size.
 */
export async function openDatabase(name: string): Promise<BenchDatabase> {
  const given = process.env.BENCH_DATABASE_URL;
  if (given) {
    await migrate(given);
    return connectTo(given, async () => undefined);
  }
  const postgres = await startBenchPostgres();
  try {
    return await connectTo(await postgres.database(name), postgres.stop);
  } catch (error) {
    await postgres.stop(); // else it would outlive this process
    throw error;
  }
}

async function connectTo(url: string, stop: () => Promise<void>): Promise<BenchDatabase> {
  const client = await connectClient(url);
  const close = async () => {
    await client.end();
    await stop();
  };
  return { url, client, close };
}

export async function connectClient(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

export async function startBenchPostgres(): Promise<BenchPostgres> {
  mkdirSync(folder, { recursive: true });
  const postgres = await startPostgres({
    folder: `${folder}/postgres`,
    port: await freePort(preferredPort),
    password: "bench",
    flags: [
      "shared_buffers=1GB", // memory as for a database of this size
      "synchronous_commit=off", // the disk's time is nobody's here, and would hide whose the rest is
      "max_wal_size=8GB",
      "max_connections=200",
      "shared_preload_libraries=pg_stat_statements",
    ],
  });
  const database: BenchPostgres["database"] = async (name, tables) => {
    await createDatabase(postgres.url("postgres"), name);
    if (!tables) await migrate(postgres.url(name));
    return postgres.url(name);
  };
  const pid = Number(readFileSync(`${postgres.folder}/data/postmaster.pid`, "utf8").split("\n", 1)[0]);
  return { pid, database, stop: postgres.stop };
}

async function createDatabase(serverUrl: string, name: string): Promise<void> {
  const client = await connectClient(serverUrl);
  await client.query("create extension if not exists pg_stat_statements");
  const { rowCount } = await client.query("select 1 from pg_database where datname = $1", [name]);
  if (!rowCount) await client.query(`create database ${name}`);
  await client.end();
}
