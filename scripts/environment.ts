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

/** Says why on standard error and ends the process. */
export function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
