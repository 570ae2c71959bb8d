import { mkdirSync } from "node:fs";
import pg from "pg";
import { migrate } from "../scripts/migrations.ts";
import { freePort, startPostgres } from "../scripts/postgres.ts";

export type BenchDatabase = { url: string; client: pg.Client; close: () => Promise<void> };

const folder = ".gatehouse/bench";
const preferredPort = 54_339;

/**
 * The database that benches run on, migrated: `BENCH_DATABASE_URL`, or one of an embedded PostgreSQL whose
 * data stay in `.gatehouse/bench`, a database for each size.
 */
export async function openDatabase(name: string): Promise<BenchDatabase> {
  const given = process.env.BENCH_DATABASE_URL;
  if (given) return connectTo(given, async () => undefined);
  const postgres = await startEmbedded();
  try {
    await createDatabase(postgres.url("postgres"), name);
    return await connectTo(postgres.url(name), postgres.stop);
  } catch (error) {
    await postgres.stop(); // else it would outlive this process
    throw error;
  }
}

async function connectTo(url: string, stop: () => Promise<void>): Promise<BenchDatabase> {
  await migrate(url);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const close = async () => {
    await client.end();
    await stop();
  };
  return { url, client, close };
}

async function startEmbedded() {
  mkdirSync(folder, { recursive: true });
  return startPostgres({
    folder: `${folder}/postgres`,
    port: await freePort(preferredPort),
    password: "bench",
    // Memory as for a database of this size; the rest matters only while it is filled.
    flags: ["shared_buffers=1GB", "synchronous_commit=off", "max_wal_size=8GB"],
  });
}

async function createDatabase(serverUrl: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  const { rowCount } = await client.query("select 1 from pg_database where datname = $1", [name]);
  if (!rowCount) await client.query(`create database ${name}`);
  await client.end();
}
