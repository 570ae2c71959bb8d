import { rmSync } from "node:fs";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { bundleForNode } from "../../scripts/build-node.ts";
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
  if (postgres) await client.query("create extension if not exists pg_stat_statements");
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

/** The service on Node and our scripts, which tests start again and again. */
function buildPrograms(folder: string): Promise<void> {
  const scripts = [
    "audit-verify",
    "create-admin",
    "generate-keys",
    "import-users",
    "reencrypt-keys",
    "reset-mfa",
    "rotate-keys",
    "seed",
  ].map((name) => [name, `scripts/${name}.ts`]);
  return bundleForNode({ node: "src/runtime/node.ts", ...Object.fromEntries(scripts) }, folder);
}

async function startEmbedded() {
  return startPostgres({
    folder: `.gatehouse/test-${process.pid}`,
    port: await freePort(),
    password: "test",
    flags: [
      "max_connections=300",
      "fsync=off",
      "synchronous_commit=off",
      "full_page_writes=off",
      "shared_preload_libraries=pg_stat_statements",
    ],
  });
}
