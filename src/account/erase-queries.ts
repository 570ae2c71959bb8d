import { sql } from "drizzle-orm";
import { isFresh, isUnchanged, lockAdmins } from "../access/fragments.ts";
import { type Actor, runAs } from "../access/run-as.ts";
import { recordEvent } from "../audit/fragments.ts";
import { databaseNow } from "../db/database.ts";
import type { Caller, Deps } from "../ports.ts";
import { eraseUser } from "./fragments.ts";

/**
 * Deletes the caller's account with all that hangs on it, unless nobody would be left who can administer. The admins are locked first, in id order: of two who leave at once one stays.
 */
export function eraseAccount(
  deps: Pick<Deps, "db" | "clock" | "random">,
  caller: Caller,
  actor: Actor,
): Promise<{ refused: "last_admin" | "conflict" | null } | undefined> {
  const now = databaseNow(deps.clock);
  // The one event that comes after the erasure must hold nothing to be erased.
  const nobody: Caller = { ...caller, ip: "erased", userAgent: null };
  return runAs(
    deps,
    actor,
    sql`${lockAdmins(now)},
    leaving as materialized (
      select u.id, u.email_key, ${isUnchanged(sql`u`)} as unchanged from allowed a join auth.users u on u.id = a.user_id
      -- Always true, and not known before every admin is locked: the order of locks hangs on it.
      where (select count(*) from admins) >= 0 and ${isFresh(sql`a`, sql`u`, now)} for update of u),
    verdict as materialized (
      select l.id, l.email_key, case
        when exists (select 1 from admins where id = l.id)
          and not exists (select 1 from admins where id <> l.id) then 'last_admin'
        -- A session that is opened at this very moment would be deleted unseen, and its tokens live on elsewhere.
        when not l.unchanged then 'conflict' end as refused
      from leaving l),
    ${eraseUser(now)},
    ${recordEvent(deps, nobody, {
      action: "account.deleted",
      actor: sql`d.id`,
      subject: sql`d.id`,
      session: sql`${actor.sessionId}::uuid`,
      from: sql`deleted d`,
    })},
    result as (select v.refused from verdict v)`,
  );
}
