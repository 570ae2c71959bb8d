import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import pg from "pg";

const folder = new URL("../drizzle/", import.meta.url);
/** Any constant will do, as long as every copy of us takes the same one. */
const lockKey = 4_842_337_205;

/**
 * Applies the migrations a database has not had, in order, each in its own transaction, under a
 * lock that keeps two deployments from doing so at once. Returns the names of those applied.
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [lockKey]);
    await client.query("create schema if not exists auth");
    await client.query(`create table if not exists auth.schema_migrations (
      tag text primary key, sha256 text not null, applied_at timestamptz not null default now())`);
    const { rows } = await client.query<{ tag: string }>("select tag from auth.schema_migrations");
    const had = new Set(rows.map(({ tag }) => tag));
    const due = listMigrations().filter((tag) => !had.has(tag));
    for (const tag of due) await apply(client, tag);
    return due;
  } finally {
    await client.end();
  }
}

function listMigrations(): string[] {
  const journal = JSON.parse(readFileSync(new URL("meta/_journal.json", folder), "utf8"));
  return (journal as { entries: { tag: string }[] }).entries.map(({ tag }) => tag);
}

async function apply(client: pg.Client, tag: string): Promise<void> {
  const text = readFileSync(new URL(`${tag}.sql`, folder), "utf8");
  const sha256 = createHash("sha256").update(text).digest("hex");
  await client.query("begin");
  try {
    for (const statement of text.split("--> statement-breakpoint")) await client.query(statement);
    await client.query("insert into auth.schema_migrations (tag, sha256) values ($1, $2)", [tag, sha256]);
    await client.query("commit");
  } catch (cause) {
    await client.query("rollback");
    throw new Error(`migration ${tag} failed: ${(cause as Error).message}`, { cause });
  }
}
