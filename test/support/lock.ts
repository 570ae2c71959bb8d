import pg from "pg";
import { expect } from "vitest";
import type { TestDatabase } from "./database.ts";

/**
 * Takes a lock by `text` in a transaction of its own and keeps it until released, so that a test can
 * line statements up behind it. PostgreSQL serves those who wait for a row in their order.
 */
export async function holdLock(database: TestDatabase, text: string, values: unknown[]) {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query("begin");
  await client.query(text, values);
  const waiting = () =>
    database.query(
      "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
  return {
    /** Resolves when that many statements wait. */
    waiters: (count: number) =>
      expect.poll(async () => (await waiting()).length, { timeout: 3000 }).toBe(count),
    /** In the same transaction. */
    query: (more: string, given: unknown[]) => client.query(more, given),
    release: async () => {
      await client.query("commit");
      await client.end();
    },
  };
}
