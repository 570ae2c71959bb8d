import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { startNeonServer } from "../../scripts/neon-server.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { startProcess } from "../support/process.ts";

const empty = "test_never_migrated";
const older = "run npm run db:migrate";

let migrated: TestDatabase;
let neon: Awaited<ReturnType<typeof startNeonServer>>;
let emptyUrl: string;

async function onServer(text: string) {
  const client = new pg.Client({ connectionString: inject("serverUrl") });
  await client.connect();
  await client.query(text);
  await client.end();
}

beforeAll(async () => {
  await onServer(`drop database if exists ${empty} with (force)`);
  await onServer(`create database ${empty}`);
  const url = new URL(inject("serverUrl"));
  url.pathname = empty;
  emptyUrl = url.href;
  migrated = await createTestDatabase();
  neon = await startNeonServer();
});

afterAll(async () => {
  await neon.close();
  await migrated.close();
  await onServer(`drop database if exists ${empty} with (force)`);
});

// Once as users start it; what it says then is the same however it is started.
describe.each([
  ["start:node", "built"],
  ["start:deno", "start:deno"],
] as const)("npm run %s", (script, quicker) => {
  it.each(["pg", "neon"])("refuses a database that was never migrated, over %s", async (driver) => {
    const environment = {
      DATABASE_URL: emptyUrl,
      ...(driver === "neon" && { NEON_HTTP_ENDPOINT: neon.endpoint }),
    };
    await expect(startProcess(driver === "pg" ? script : quicker, environment)).rejects.toThrow(older);
  });

  it("refuses a schema older than the code, and starts once it is not", async () => {
    const [last] = await migrated.query<{ tag: string; sha256: string }>(
      "delete from auth.schema_migrations where tag = (select max(tag) from auth.schema_migrations) returning tag, sha256",
    );
    await expect(startProcess(quicker, { DATABASE_URL: migrated.url })).rejects.toThrow(older);
    await migrated.query("insert into auth.schema_migrations (tag, sha256) values ($1, $2)", [
      last?.tag,
      last?.sha256,
    ]);
    const running = await startProcess(quicker, { DATABASE_URL: migrated.url });
    expect((await fetch(`${running.origin}/health/ready`)).status).toBe(200);
    await running.stop();
  });

  it("says so when the database refuses the password, instead of waiting for it", async () => {
    const url = new URL(migrated.url);
    url.password = "wrong";
    await expect(startProcess(quicker, { DATABASE_URL: url.href })).rejects.toThrow(
      "password authentication failed",
    );
  });
});
