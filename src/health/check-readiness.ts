import { isSchemaCurrent } from "../db/schema-version.ts";
import { type Deps, Unavailable } from "../ports.ts";

/** @throws Unavailable when the database does not answer or its schema is older than the code. */
export async function checkReadiness(deps: Pick<Deps, "db">): Promise<void> {
  const current = await isSchemaCurrent(deps.db).catch((cause: unknown) => {
    throw new Unavailable("the schema cannot be read", { cause });
  });
  if (!current) throw new Unavailable("the schema is older than the code: run npm run db:migrate");
}
