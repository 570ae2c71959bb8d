import { sql } from "drizzle-orm";
import { type Actor, answerable, runAs } from "../access/run-as.ts";
import { recordEvent } from "../audit/fragments.ts";
import { databaseNow } from "../db/database.ts";
import type { Caller, Deps } from "../ports.ts";
import { userJson } from "./fragments.ts";
import type { User } from "./user.ts";

export function findProfile(
  deps: Pick<Deps, "db" | "clock">,
  actor: Actor,
): Promise<{ user: User } | undefined> {
  return runAs(
    deps,
    actor,
    sql`result as (select ${userJson(sql`u`, databaseNow(deps.clock))} as "user"
      from allowed a join auth.users u on u.id = a.user_id)`,
  );
}

/** What an owner may change of a profile. A field left out stays; null clears it. */
export type ProfileChange = {
  readonly name?: string | null | undefined;
  readonly locale?: string | null | undefined;
  readonly avatar_url?: string | null | undefined;
  readonly metadata?: Record<string, unknown> | undefined;
};

export function changeProfile(
  deps: Pick<Deps, "db" | "clock" | "random">,
  caller: Caller,
  actor: Actor,
  change: ProfileChange,
): Promise<{ user: User } | undefined> {
  const now = databaseNow(deps.clock);
  const given = JSON.stringify(change);
  const set = (column: string) => {
    const name = sql.raw(column);
    return sql`${name} = case when g.c ? ${column} then g.c ->> ${column} else u.${name} end`;
  };
  return runAs(
    deps,
    actor,
    sql`changed as (
      update auth.users u set ${set("name")}, ${set("locale")}, ${set("avatar_url")},
        metadata = coalesce(g.c -> 'metadata', u.metadata), updated_at = ${now}
      from allowed a, (select ${given}::jsonb as c) g where u.id = a.user_id returning u.*),
    ${recordEvent(deps, caller, {
      action: "account.profile_changed",
      actor: sql`${answerable(actor)}::uuid`,
      subject: sql`c.id`,
      session: sql`${actor.sessionId}::uuid`,
      from: sql`changed c`,
    })},
    result as (select ${userJson(sql`u`, now)} as "user" from changed u)`,
  );
}
