import { sql } from "drizzle-orm";
import journal from "../../drizzle/meta/_journal.json" with { type: "json" };
import { type Database, queryJson } from "./database.ts";

const latest = journal.entries.at(-1)?.tag ?? "";

/**
 * Whether the database has had every migration this code was built with.
 * @public
 */
export async function isSchemaCurrent(db: Database): Promise<boolean> {
  const found = await queryJson<boolean>(
    db,
    sql`select to_json(exists (select 1 from auth.schema_migrations where tag = ${latest})) as result`,
  );
  return found === true;
}
