import { connectNeonHttp } from "../adapters/neon-http.ts";
import { connectNodePostgres } from "../adapters/node-postgres.ts";
import type { Config } from "../config.ts";
import type { Database } from "../db/database.ts";
import type { Log } from "../ports.ts";

/** The driver `DATABASE_URL` calls for, where both are at hand: Neon's over HTTP, any other's own. */
export function connect(
  { databaseUrl, neonHttpEndpoint }: Pick<Config, "databaseUrl" | "neonHttpEndpoint">,
  log: Log,
): { db: Database; close: () => Promise<void> } {
  const isNeon = new URL(databaseUrl).hostname.endsWith(".neon.tech");
  if (!isNeon && !neonHttpEndpoint) return connectNodePostgres(databaseUrl, log);
  return { db: connectNeonHttp(databaseUrl, neonHttpEndpoint), close: async () => undefined };
}
