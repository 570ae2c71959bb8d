import { sql } from "drizzle-orm";
import { nextEpoch } from "../access/fragments.ts";
import { decideOnUser } from "../access/operator-queries.ts";
import { type Actor, runAs } from "../access/run-as.ts";
import { lockOwner, unlessMissed } from "../account/fragments.ts";
import { revokeKeys } from "../api-key/fragments.ts";
import { operatorEvent, recordEvent } from "../audit/fragments.ts";
import { databaseNow, queryJson } from "../db/database.ts";
import type { OutboxId } from "../ids.ts";
import { forgetFactors } from "../mfa/fragments.ts";
import { enqueueMail, notifyUser } from "../outbox/fragments.ts";
import type { Caller, Deps } from "../ports.ts";
import type { Proof } from "../proof/check-proof.ts";
import { spendProof } from "../proof/fragments.ts";
import { endSessions, forgetSessions } from "../session/fragments.ts";
import { releaseAttempt } from "../throttle/fragments.ts";

/** Uses the proof up with the new password, in one. Undefined: used already, or void since. */
export function replaceForgotten(
  deps: Pick<Deps, "db" | "clock" | "random" | "config">,
  caller: Caller,
  proof: Proof,
  change: { passwordHash: string; notice: OutboxId; throttleKey: string },
): Promise<string | undefined> {
  const now = databaseNow(deps.clock);
  const isFirst = proof.kind === "account_invitation";
  return queryJson(
    deps.db,
    sql`with ${lockOwner(now, proof, "holds the address", unlessMissed)},
    ${spendProof(now, proof.id, sql`owner w`, sql`o.user_id = w.id or o.email_key = w.email_key`)},
    changed as (
      update auth.users u set password_hash = ${change.passwordHash}, email_verified = true,
        has_totp = u.has_totp and w.email_verified, passkeys = case when w.email_verified then u.passkeys else 0 end,
        ${nextEpoch(now, "keys too")}, updated_at = ${now}
      from owner w, spent where u.id = w.id returning u.id, u.email, u.email_key),
    ${endSessions(now, "password_reset", sql`changed c, owner w`, sql`s.user_id = c.id and w.email_verified`)},
    ${forgetSessions(now, sql`changed c, owner w`, sql`s.user_id = c.id and not w.email_verified`)},
    ${revokeKeys(now, sql`changed c`)},
    ${forgetFactors(sql`(select c.id from changed c join owner w on w.id = c.id where not w.email_verified) c`)},
    ${notifyUser(deps, caller, {
      id: change.notice,
      kind: "password_changed",
      // The first password of an account is no news to who has just chosen it.
      from: sql`(select * from changed where ${!isFirst}::boolean) u`,
    })},
    ${releaseAttempt([change.throttleKey], sql`exists (select 1 from changed)`)},
    ${recordEvent(deps, caller, {
      action: isFirst
        ? "account.invitation_accepted"
        : sql`case when w.email_verified then 'password.reset' else 'account.taken_over' end`,
      actor: sql`c.id`,
      subject: sql`c.id`,
      from: sql`changed c, owner w`,
    })}
    select to_json(c.id) as result from changed c`,
  );
}

/**
 * Takes a user's password away, ends every session and proof in progress, and writes the mail by which the
 * owner chooses another.
 */
export function dropPassword(
  deps: Pick<Deps, "db" | "clock" | "random" | "config">,
  caller: Caller,
  actor: Actor,
  { id, mail }: { id: string; mail: OutboxId },
): Promise<{ refused: "not_allowed" | "conflict" | null } | undefined> {
  const now = databaseNow(deps.clock);
  return runAs(
    deps,
    actor,
    sql`${decideOnUser(actor, id, now)},
    changed as (
      update auth.users u set password_hash = null, ${nextEpoch(now, "keys too")}, updated_at = ${now}
      from verdict v where u.id = v.id and v.refused is null returning u.*),
    ${endSessions(now, "password_reset", sql`changed c`, sql`s.user_id = c.id`)},
    ${revokeKeys(now, sql`changed c`)},
    ${enqueueMail(deps, {
      id: mail,
      kind: "password_reset",
      from: sql`changed c`,
      email: sql`c.email`,
      emailKey: sql`c.email_key`,
      user: sql`c.id`,
      epoch: sql`c.security_epoch`,
    })},
    ${operatorEvent(deps, caller, actor, "password.reset_forced")},
    result as (select refused from verdict)`,
  );
}
