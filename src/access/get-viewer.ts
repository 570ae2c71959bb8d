import type { Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import type { Permission } from "./permissions.ts";
import type { Actor } from "./run-as.ts";
import { readViewer } from "./viewer-queries.ts";

/**
 * Who looks at a page: what its frame shows of them, and what of the console it may lead to.
 * @public
 */
export type Viewer = {
  readonly email: string;
  readonly name: string | null;
  readonly permissions: ReadonlySet<Permission>;
  /** An operator looks, in the user's place. */
  readonly isActedFor: boolean;
};

/**
 * @throws Problem `invalid_token` when the session is over.
 * @public
 */
export async function getViewer(deps: Pick<Deps, "db" | "clock">, actor: Actor): Promise<Viewer> {
  const row = await readViewer(deps, actor);
  if (!row) throw new Problem("invalid_token");
  const permissions = new Set(row.permissions as Permission[]);
  return { email: row.email, name: row.name, permissions, isActedFor: actor.impersonator !== undefined };
}
