import { sql } from "drizzle-orm";
import { lockOwner } from "../account/fragments.ts";
import { recordEvent } from "../audit/fragments.ts";
import { databaseNow, queryJson } from "../db/database.ts";
import type { OutboxId } from "../ids.ts";
import type { Caller, Deps } from "../ports.ts";
import type { Proof } from "../proof/check-proof.ts";
import { spendProof } from "../proof/fragments.ts";
import {
  countFirstSignIn,
  forgetSessions,
  grantJson,
  insertSession,
  type NewSession,
  noticeNewDevice,
} from "../session/fragments.ts";
import type { Grant } from "../token/grant.ts";

/**
 * Uses the proof up and opens a session, in one. An account whose address was never verified is taken
 * over: its password, its sessions and every proof in progress were somebody's who may not own it.
 */
export function openSessionByMail(
  deps: Pick<Deps, "db" | "clock" | "random" | "config" | "keys">,
  caller: Caller,
  proof: Proof,
  opened: { session: NewSession; notice: OutboxId },
): Promise<{ grant: Grant; noticed: boolean } | undefined> {
  const now = databaseNow(deps.clock);
  return queryJson(
    deps.db,
    sql`with ${lockOwner(now, proof)},
    ${spendProof(
      now,
      proof.id,
      sql`owner w`,
      // Whoever got in needs no invitation to the account any more.
      sql`(o.user_id = w.id and o.kind = 'account_invitation')
        or (not w.email_verified and (o.user_id = w.id or o.email_key = w.email_key))`,
    )},
    signed_in as (
      update auth.users u set last_sign_in_at = ${now}, email_verified = true,
        password_hash = case when u.email_verified then u.password_hash end,
        security_epoch = u.security_epoch + (not u.email_verified)::int
      from owner w, spent where u.id = w.id returning u.*),
    ${forgetSessions(sql`signed_in u, owner w`, sql`s.user_id = u.id and not w.email_verified`)},
    ${insertSession(deps, caller, opened.session, sql`signed_in u`, sql`u.security_epoch`)},
    ${noticeNewDevice(
      deps,
      caller,
      { id: opened.notice, session: opened.session.id },
      sql`signed_in u, owner w where w.email_verified`,
    )},
    ${recordEvent(deps, caller, {
      action: sql`case when w.email_verified then 'login.succeeded' else 'account.taken_over' end`,
      actor: sql`s.user_id`,
      subject: sql`s.user_id`,
      session: sql`s.id`,
      from: sql`new_session s, owner w`,
      text: "magic_link",
    })},
    ${countFirstSignIn(
      now,
      // Always true, and not known before every session that goes is locked: a count is the last to lock.
      sql`(select w.id, w.last_sign_in_at from new_session, owner w where (select count(*) from forgotten) >= 0) u`,
      sql`u.last_sign_in_at`,
    )}
    select json_build_object('grant', ${grantJson(deps, sql`s`)}, 'noticed', exists (select 1 from queued)) as result
    from new_session s`,
  );
}
