import { logToConsole } from "../adapters/log-console.ts";
import { createApp } from "../app.ts";
import { parseConfig } from "../config.ts";
import { isSchemaCurrent } from "../db/schema-version.ts";
import type { Deps } from "../ports.ts";
import { assembleDeps } from "./assemble.ts";
import { connect } from "./connect.ts";

/**
 * What Node and Deno share at start: configuration, database, application.
 * @throws ConfigError, or an Error when the schema is older than the code.
 */
export async function start(environment: Record<string, unknown>, runtime: Deps["runtime"], cores: number) {
  const config = parseConfig(environment);
  const { db, close } = connect(config, logToConsole);
  // A database that is down is no reason to stay down: it is waited for, request by request.
  const current = await isSchemaCurrent(db).catch((error: Error) => {
    const missing = (error.cause as { code?: string } | undefined)?.code === "42P01";
    logToConsole("database.schema_unread", { message: error.message });
    return !missing;
  });
  if (!current) {
    await close();
    throw new Error("The schema is older than the code: run npm run db:migrate.");
  }
  const deps = await assembleDeps(config, { db, log: logToConsole, runtime, cores });
  return { app: createApp(deps), config, close, log: logToConsole };
}

/** Ends a process that cannot start, with the reason and without a stack. */
export function explain(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
