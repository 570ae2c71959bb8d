import { rmSync } from "node:fs";
import { build } from "esbuild";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { copyAssets } from "../../scripts/copy-assets.ts";
import { migrate } from "../../scripts/migrations.ts";
import { freePort, startPostgres } from "../../scripts/postgres.ts";

declare module "vitest" {
  interface ProvidedContext {
    serverUrl: string;
    built: string;
  }
}

const template = "gatehouse_template";
const withDatabase = (serverUrl: string, database: string) => {
  const url = new URL(serverUrl);
  url.pathname = database;
  return url.href;
};

/**
 * One real PostgreSQL for the whole run, with a template database migrated once; and what tests start again and
 * again, built once.
 */
export default async function setup(project: TestProject) {
  copyAssets();
  const built = `.gatehouse/built-${process.pid}`;
  const building = buildPrograms(built);
  const given = process.env.TEST_DATABASE_URL;
  const postgres = given ? undefined : await startEmbedded();
  const serverUrl = given ?? postgres?.url("postgres") ?? "";
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(`drop database if exists ${template} with (force)`);
  await client.query(`create database ${template}`);
  await client.end();
  await migrate(withDatabase(serverUrl, template));
  await building;
  project.provide("serverUrl", serverUrl);
  project.provide("built", built);
  return async () => {
    rmSync(built, { recursive: true, force: true });
    await postgres?.remove();
  };
}

/** The service on Node and our scripts, a file each beside the chunks they share: most of a start is finding modules. */
async function buildPrograms(folder: string): Promise<void> {
  const scripts = [
    "audit-verify",
    "create-admin",
    "generate-keys",
    "import-users",
    "reencrypt-keys",
    "reset-mfa",
    "rotate-keys",
    "seed",
  ];
  await build({
    entryPoints: ["src/runtime/node.ts", ...scripts.map((name) => `scripts/${name}.ts`)],
    entryNames: "[name]",
    outdir: folder,
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    // What CommonJS packages ask for by it.
    banner: {
      js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);`,
    },
    logLevel: "error",
  });
}

async function startEmbedded() {
  return startPostgres({
    folder: `.gatehouse/test-${process.pid}`,
    port: await freePort(),
    password: "test",
    flags: ["max_connections=300", "fsync=off", "synchronous_commit=off", "full_page_writes=off"],
  });
}
