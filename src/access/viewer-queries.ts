import { sql } from "drizzle-orm";
import type { Deps } from "../ports.ts";
import { permissionsOf } from "./fragments.ts";
import { type Actor, runAs } from "./run-as.ts";

export type ViewerRow = { email: string; name: string | null; permissions: string[] };

/** Whoever the actor is or acts as, and what they may in this session. */
export function readViewer(deps: Pick<Deps, "db" | "clock">, actor: Actor): Promise<ViewerRow | undefined> {
  return runAs(
    deps,
    { ...actor, permission: "self", stepUp: false },
    sql`result as (
      select u.email, u.name, ${permissionsOf(sql`u.id`, sql`a.acr`)} as permissions
      from allowed a join auth.users u on u.id = a.user_id)`,
  );
}
