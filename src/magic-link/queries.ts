import { sql } from "drizzle-orm";
import type { Factors } from "../access/assurance.ts";
import { factorsJson, hasFactors } from "../access/fragments.ts";
import { lockOwner, unlessMissed } from "../account/fragments.ts";
import { revokeKeys } from "../api-key/fragments.ts";
import { recordEvent } from "../audit/fragments.ts";
import { databaseNow, queryJson } from "../db/database.ts";
import type { OutboxId, UserId } from "../ids.ts";
import { forgetFactors } from "../mfa/fragments.ts";
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
 * Uses the proof up and opens a session, unless a second factor is due, in one. An account whose address was never verified is taken
 * over: its password, its factors, its sessions and every proof in progress were somebody's who may not own it.
 */
export function openSessionByMail(
  deps: Pick<Deps, "db" | "clock" | "random" | "config" | "keys">,
  caller: Caller,
  proof: Proof,
  opened: { session: NewSession; notice: OutboxId },
): Promise<
  | { grant: Grant | null; noticed: boolean; factors: Factors | null; userId: UserId; epoch: number }
  | undefined
> {
  const now = databaseNow(deps.clock);
  return queryJson(
    deps.db,
    sql`with ${lockOwner(now, proof, "holds the address", unlessMissed)},
    ${spendProof(
      now,
      proof.id,
      sql`owner w`,
      // Whoever got in needs no invitation to the account any more.
      sql`(o.user_id = w.id and o.kind = 'account_invitation')
        or (not w.email_verified and (o.user_id = w.id or o.email_key = w.email_key))`,
    )},
    -- Of an account that is taken over the second factor was somebody else's, and goes.
    verified as (select w.id, w.email_verified and ${hasFactors(sql`w`)} as due, not w.email_verified as taken_over from owner w),
    changed as (
      update auth.users u set last_sign_in_at = case when v.due then u.last_sign_in_at else ${now} end, email_verified = true,
        password_hash = case when v.taken_over then null else u.password_hash end,
        has_totp = u.has_totp and not v.taken_over, passkeys = case when v.taken_over then 0 else u.passkeys end,
        security_epoch = u.security_epoch + v.taken_over::int, key_epoch = u.key_epoch + v.taken_over::int,
        epoch_raised_at = case when v.taken_over then ${now} else u.epoch_raised_at end
      from verified v, spent where u.id = v.id returning u.*, v.due, v.taken_over),
    signed_in as (select * from changed where not due),
    ${forgetSessions(now, sql`changed u`, sql`s.user_id = u.id and u.taken_over`)},
    ${revokeKeys(now, sql`(select * from changed where taken_over) c`)},
    ${forgetFactors(sql`(select * from changed where taken_over) c`)},
    ${insertSession(deps, caller, opened.session, sql`signed_in u`, sql`u.security_epoch`)},
    ${noticeNewDevice(
      deps,
      caller,
      { id: opened.notice, session: opened.session.id },
      sql`signed_in u, owner w where w.email_verified`,
    )},
    ${recordEvent(deps, caller, {
      action: sql`case when c.taken_over then 'account.taken_over' when c.due then 'login.second_factor_due'
        else 'login.succeeded' end`,
      actor: sql`c.id`,
      subject: sql`c.id`,
      session: sql`s.id`,
      from: sql`changed c left join new_session s on true`,
      text: "magic_link",
    })},
    ${countFirstSignIn(
      now,
      // Always true, and not known before every session that goes is locked: a count is the last to lock.
      sql`(select w.id, w.last_sign_in_at from new_session, owner w where (select count(*) from forgotten) >= 0) u`,
      sql`u.last_sign_in_at`,
    )}
    select json_build_object('grant', (select ${grantJson(deps, sql`s`)} from new_session s),
      'noticed', exists (select 1 from queued), 'userId', c.id, 'epoch', c.security_epoch,
      'factors', case when c.due then ${factorsJson(sql`c`)} end) as result from changed c`,
  );
}
