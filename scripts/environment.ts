import { existsSync } from "node:fs";
import { loadEnvFile } from "node:process";

/**
 * The environment of a command-line script: the process's own, then `.env`, then the `.dev.vars`
 * that `npm run dev` writes. What is set first wins.
 */
export function scriptEnvironment(): NodeJS.ProcessEnv {
  for (const file of [".env", ".dev.vars"]) if (existsSync(file)) loadEnvFile(file);
  return process.env;
}

/** Where migrations and scripts connect to: the unpooled address when there is one. */
export function databaseUrl(): string {
  const { DATABASE_URL_UNPOOLED, DATABASE_URL } = scriptEnvironment();
  const url = DATABASE_URL_UNPOOLED || DATABASE_URL;
  if (!url) fail("DATABASE_URL is not set, and there is no .env or .dev.vars that sets it.");
  return url;
}

/** What a person is told and can act on, without a stack. */
class Failure extends Error {
  override name = "Failure";
}

/** Ends the script with a message. */
export function fail(message: string): never {
  throw new Failure(message);
}

/**
 * Runs a script's work and reports how it ended. The process ends by itself, not by process.exit:
 * Node can hang in that while it still compiles the WebAssembly by which it strips types.
 */
export async function run(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    console.error(error instanceof Failure ? error.message : error);
    process.exitCode = 1;
  }
}
