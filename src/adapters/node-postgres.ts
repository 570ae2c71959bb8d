import type { SQL } from "drizzle-orm";
import { Pool } from "pg";
import { type Database, isPlannedForValues } from "../db/database.ts";
import { renderStatement } from "../db/render.ts";
import type { Log } from "../ports.ts";
import { resilient } from "./resilient.ts";
import { shareConnections } from "./share-connections.ts";

const connectTimeoutMs = 2000;
const statementTimeoutMs = 3500;
/** Less than half, so that what was sent over a connection behind two that wait is still answered in time. */
const lockTimeoutMs = 1500;
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
    lock_timeout: lockTimeoutMs,
    query_timeout: statementTimeoutMs + 300,
    keepAlive: true,
    pipeline: true,
  });
  // Without a listener, an idle connection that breaks would end the process.
  pool.on("error", ({ name, message }) => log("database.connection_lost", { name, message }));
  const send = shareConnections(pool);
  const names = new Map<string, string>();
  const nameOf = (text: string) => {
    const known = names.get(text);
    if (known || names.size >= mostPrepared || isPlannedForValues(text)) return known;
    const name = `s${names.size}`;
    names.set(text, name);
    return name;
  };
  const execute = async <Row>(statement: SQL) => {
    const { text, params } = renderStatement(statement);
    const name = nameOf(text);
    const config = { text, values: params, ...(name && { name }) };
    const { rows } = await resilient(() => send(config));
    return { rows: rows as Row[] };
  };
  return { db: { execute }, close: () => pool.end() };
}
