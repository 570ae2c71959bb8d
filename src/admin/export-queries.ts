import { sql } from "drizzle-orm";
import { type Actor, runAs } from "../access/run-as.ts";
import { adminUserJson } from "../account/fragments.ts";
import type { AdminUser } from "../account/user.ts";
import { recordEvent } from "../audit/fragments.ts";
import { databaseNow } from "../db/database.ts";
import type { Caller, Deps } from "../ports.ts";

const beforeAll = "00000000-0000-0000-0000-000000000000";

/** Up to `size` users with an id past `after`, in its order. The first such read of an export is recorded. */
export async function readBatch(
  deps: Pick<Deps, "db" | "clock" | "random">,
  caller: Caller,
  actor: Actor,
  { after, size }: { after: string | undefined; size: number },
): Promise<AdminUser[]> {
  const event = recordEvent(deps, caller, {
    action: "users.exported",
    actor: sql`a.user_id`,
    session: sql`a.session_id`,
    from: sql`allowed a`,
  });
  const found = await runAs<{ users: AdminUser[] }>(
    deps,
    actor,
    sql`${after === undefined ? sql`${event},` : sql``}
    batch as (
      select u.* from auth.users u
      where exists (select 1 from allowed) and u.id > ${after ?? beforeAll}::uuid order by u.id limit ${size}::int),
    result as (
      select coalesce(json_agg(${adminUserJson(sql`u`, databaseNow(deps.clock))} order by u.id), '[]') as users
      from batch u)`,
  );
  return found?.users ?? [];
}
