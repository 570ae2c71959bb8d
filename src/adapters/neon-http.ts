import { neon, neonConfig } from "@neondatabase/serverless";
import type { SQL } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { renderStatement } from "../db/render.ts";
import { resilient } from "./resilient.ts";

const timeoutMs = 4000;

/** PostgreSQL by Neon's SQL-over-HTTP protocol, one statement a request. */
export function connectNeonHttp(databaseUrl: string, endpoint: string | undefined): Database {
  if (endpoint) neonConfig.fetchEndpoint = endpoint;
  neonConfig.fetchFunction = (url: string, init: RequestInit) =>
    fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) });
  const client = neon(databaseUrl);
  return {
    async execute<Row>(statement: SQL) {
      const { text, params } = renderStatement(statement);
      return { rows: (await resilient(() => client.query(text, params))) as Row[] };
    },
  };
}
