import { type NeonQueryFunction, neon, neonConfig } from "@neondatabase/serverless";
import { drizzle } from "drizzle-orm/neon-http";
import type { Database } from "../db/database.ts";
import { resilient } from "./resilient.ts";

const timeoutMs = 4000;

type Client = NeonQueryFunction<false, false>;

/** PostgreSQL by Neon's SQL-over-HTTP protocol, one statement a request. */
export function connectNeonHttp(databaseUrl: string, endpoint: string | undefined): Database {
  if (endpoint) neonConfig.fetchEndpoint = endpoint;
  neonConfig.fetchFunction = (url: string, init: RequestInit) =>
    fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) });
  const client = neon(databaseUrl);
  const query = (...args: Parameters<Client["query"]>) => resilient(() => client.query(...args));
  return drizzle({ client: { query } as unknown as Client }) as unknown as Database;
}
