import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";

const templateLock = 77_001;

export type TestDatabase = {
  readonly url: string;
  /** Runs SQL beside the service, as an operator would. */
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
};

/** A database of its own for a test file, copied from the migrated template. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString("hex")}`;
  const serverUrl = inject("serverUrl");
  await onServer(serverUrl, async (client) => {
    // One copy at a time: PostgreSQL refuses a template that someone is connected to.
    await client.query("select pg_advisory_lock($1)", [templateLock]);
    await client.query(`create database ${name} template gatehouse_template`);
  });
  const url = new URL(serverUrl);
  url.pathname = name;
  const pool = new pg.Pool({ connectionString: url.href, max: 4 });
  pool.on("error", () => undefined);
  return {
    url: url.href,
    query: async <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) =>
      (await pool.query<Row>(text, values)).rows,
    close: async () => {
      await pool.end();
      await onServer(serverUrl, (client) => client.query(`drop database if exists ${name} with (force)`));
    },
  };
}

async function onServer(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
