import { drizzle } from "drizzle-orm/node-postgres";
import { Pool, type QueryConfig } from "pg";
import { type Database, isPlannedForValues } from "../db/database.ts";
import type { Log } from "../ports.ts";
import { resilient } from "./resilient.ts";

const connectTimeoutMs = 2000;
const statementTimeoutMs = 3500;
const poolSize = 10;
const mostPrepared = 300;

/**
 * PostgreSQL by its own protocol, for Node and Deno. Each statement text is prepared once a connection, but for
 * those that have to be planned for their values: of what is prepared PostgreSQL may keep one plan for all.
 */
export function connectNodePostgres(
  databaseUrl: string,
  log: Log,
): { db: Database; close: () => Promise<void> } {
  const pool = new Pool({
    connectionString: databaseUrl,
    max: poolSize,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + 300,
    keepAlive: true,
  });
  // Without a listener, an idle connection that breaks would end the process.
  pool.on("error", ({ name, message }) => log("database.connection_lost", { name, message }));
  const names = new Map<string, string>();
  const nameOf = (text: string) => {
    if (isPlannedForValues(text)) return undefined;
    const known = names.get(text);
    if (known || names.size >= mostPrepared) return known;
    const name = `s${names.size}`;
    names.set(text, name);
    return name;
  };
  const query = (config: QueryConfig, params: unknown[]) => {
    const name = nameOf(config.text);
    return resilient(() => pool.query(name ? { ...config, name } : config, params));
  };
  const client = { query } as unknown as Pool;
  return { db: drizzle({ client }) as unknown as Database, close: () => pool.end() };
}
