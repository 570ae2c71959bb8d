import { sql } from "drizzle-orm";
import { bigint, index, integer, jsonb, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { auth, instant } from "../db/columns.ts";

/**
 * One row for each file of users brought in: how far it got, so that a run cut short goes on there.
 * @public
 */
export const importRuns = auth.table(
  "import_runs",
  {
    id: uuid("id").primaryKey(),
    /** SHA-256 of the whole file; null for a stream, whose end is not known at its start. */
    sha256: text("sha256"),
    /** The operator, null at a terminal. No foreign key: a run outlives the account. */
    startedBy: uuid("started_by"),
    /** Bytes and lines that are done. */
    offset: bigint("byte_offset", { mode: "number" }).notNull().default(0),
    lines: integer("lines").notNull().default(0),
    accepted: integer("accepted").notNull().default(0),
    skipped: integer("skipped").notNull().default(0),
    /** `[{line, code}]`, the first thousand. */
    refused: jsonb("refused").notNull().default([]),
    refusedCount: integer("refused_count").notNull().default(0),
    startedAt: instant("started_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
    finishedAt: instant("finished_at"),
  },
  (t) => [
    index("import_runs_updated_at").on(t.updatedAt),
    uniqueIndex("import_runs_unfinished").on(t.sha256).where(sql`finished_at is null and sha256 is not null`),
  ],
);
