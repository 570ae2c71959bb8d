import type { SQL } from "drizzle-orm";
import { renderStatement } from "../../src/db/render.ts";
import type { Deps } from "../../src/ports.ts";

export type Statement = { text: string; params: unknown[] };

type Query = (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;

/** Runs `work` on the same ports, and answers the statements it sent, as they went over the wire. */
export async function captureStatements<T extends Pick<Deps, "db">>(
  deps: T,
  work: (deps: T) => Promise<unknown>,
): Promise<Statement[]> {
  const sent: Statement[] = [];
  const db = Object.create(deps.db) as Deps["db"];
  db.execute = (statement: SQL) => {
    sent.push(renderStatement(statement));
    return deps.db.execute(statement) as never;
  };
  await work({ ...deps, db });
  return sent;
}

/** The plan PostgreSQL makes of a statement for its values, one line a node. */
export async function explain(
  query: Query,
  { text, params }: Statement,
  options = "costs off",
): Promise<string> {
  const rows = await query(`explain (${options}) ${text}`, params);
  return rows.map((row) => row["QUERY PLAN"]).join("\n");
}

/** The nodes of a plan that read users from the first to the last. */
export function scansOfUsers(plan: string): string[] {
  return plan.split("\n").filter((line) => /Seq Scan on (auth\.)?users\b/.test(line));
}
