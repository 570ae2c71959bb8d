import { sql } from "drizzle-orm";
import { lockAdmins } from "../access/fragments.ts";
import { type Actor, runAs } from "../access/run-as.ts";
import { eraseDetails, recordEvent } from "../audit/fragments.ts";
import { databaseNow, seconds } from "../db/database.ts";
import type { Caller, Deps } from "../ports.ts";
import { freshSeconds } from "../problems.ts";

/**
 * Deletes the caller's account with all that hangs on it, for a recent sign-in, unless nobody would be
 * left who can administer. The admins are locked first, in id order: of two who leave at once one stays.
 */
export function eraseAccount(
  deps: Pick<Deps, "db" | "clock" | "random">,
  caller: Caller,
  actor: Actor,
): Promise<{ refused: "stale" | "last_admin" | null; hasPassword: boolean } | undefined> {
  const now = databaseNow(deps.clock);
  // The one event that comes after the erasure must hold nothing to be erased.
  const nobody: Caller = { ...caller, ip: "erased", userAgent: null };
  return runAs(
    deps,
    actor,
    sql`${lockAdmins(now)},
    leaving as materialized (
      select u.id, u.email_key, u.password_hash is not null as has_password, a.auth_time from allowed a join auth.users u on u.id = a.user_id
      -- Always true, and not known before every admin is locked: the order of locks hangs on it.
      where (select count(*) from admins) >= 0 for update of u),
    verdict as materialized (
      select l.id, l.email_key, l.has_password, case
        when l.auth_time <= ${now} - ${seconds(freshSeconds)} then 'stale'
        when exists (select 1 from admins where id = l.id)
          and not exists (select 1 from admins where id <> l.id) then 'last_admin' end as refused
      from leaving l),
    ${eraseDetails(sql`verdict v`, sql`v.refused is null`, sql`v.id`)},
    -- A warning that is still to be sent goes out, and is deleted by the sweep; so does an invitation.
    erased_mail as (
      delete from auth.outbox o using verdict v where v.refused is null
        and (o.user_id = v.id or (o.user_id is null and o.email_key = v.email_key and o.kind <> 'invitation'))
        and not (o.expires_at is null and o.state in ('pending', 'sending'))),
    deleted as (delete from auth.users u using verdict v where u.id = v.id and v.refused is null returning u.id),
    ${recordEvent(deps, nobody, {
      action: "account.deleted",
      actor: sql`d.id`,
      subject: sql`d.id`,
      session: sql`${actor.sessionId}::uuid`,
      from: sql`deleted d`,
    })},
    result as (select v.refused, v.has_password as "hasPassword" from verdict v)`,
  );
}
