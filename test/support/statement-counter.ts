import pg from "pg";
import { afterAll, beforeAll, inject } from "vitest";

/**
 * What PostgreSQL itself counts of statements that were run in a database, by pg_stat_statements: undefined where a given server
 * does not have it.
 */
export function useStatementCounter(
  database: () => { readonly url: string },
): () => Promise<number | undefined> {
  let client: pg.Client;
  let counts = false;

  beforeAll(async () => {
    client = new pg.Client({ connectionString: inject("serverUrl") });
    await client.connect();
    const { rowCount } = await client.query("select from pg_extension where extname = 'pg_stat_statements'");
    counts = rowCount === 1;
    if (!counts)
      console.log("statements are counted on the wire alone: the server has no pg_stat_statements");
  });

  afterAll(() => client.end());

  return async () => {
    if (!counts) return undefined;
    const { rows } = await client.query<{ calls: string | null }>(
      "select sum(calls) as calls from pg_stat_statements s join pg_database d on d.oid = s.dbid where d.datname = $1",
      [new URL(database().url).pathname.slice(1)],
    );
    return Number(rows[0]?.calls ?? 0);
  };
}
