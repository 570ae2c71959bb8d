import { sql } from "drizzle-orm";
import { lockOwner } from "../account/fragments.ts";
import { recordEvent } from "../audit/fragments.ts";
import { databaseNow, queryJson } from "../db/database.ts";
import type { OutboxId } from "../ids.ts";
import { notifyUser } from "../outbox/fragments.ts";
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
  return queryJson(
    deps.db,
    sql`with ${lockOwner(now, proof)},
    ${spendProof(now, proof.id, sql`owner w`, sql`o.user_id = w.id or o.email_key = w.email_key`)},
    changed as (
      update auth.users u set password_hash = ${change.passwordHash}, email_verified = true,
        security_epoch = u.security_epoch + 1, updated_at = ${now}
      from owner w, spent where u.id = w.id returning u.id, u.email, u.email_key),
    ${endSessions(now, "password_reset", sql`changed c, owner w`, sql`s.user_id = c.id and w.email_verified`)},
    ${forgetSessions(sql`changed c, owner w`, sql`s.user_id = c.id and not w.email_verified`)},
    ${notifyUser(deps, caller, {
      id: change.notice,
      kind: "password_changed",
      from: sql`changed u`,
    })},
    ${releaseAttempt(change.throttleKey, sql`exists (select 1 from changed)`)},
    ${recordEvent(deps, caller, {
      action: sql`case when w.email_verified then 'password.reset' else 'account.taken_over' end`,
      actor: sql`c.id`,
      subject: sql`c.id`,
      from: sql`changed c, owner w`,
    })}
    select to_json(c.id) as result from changed c`,
  );
}
