import { type SQL, sql } from "drizzle-orm";
import { isSuspended, mayHandOut, permissionsOf, permissionsOfRoles } from "../access/fragments.ts";
import { userJson } from "../account/fragments.ts";
import type { User } from "../account/user.ts";
import { recordEvent } from "../audit/fragments.ts";
import { databaseNow, queryJson, textArray } from "../db/database.ts";
import type { OutboxId, UserId } from "../ids.ts";
import type { EmailAddress } from "../lib/email-address.ts";
import { enqueueMail } from "../outbox/fragments.ts";
import type { Caller, Deps } from "../ports.ts";
import type { Proof } from "../proof/check-proof.ts";
import { spendProof } from "../proof/fragments.ts";
import { grantJson, insertSession, type NewSession, rememberDevice } from "../session/fragments.ts";
import { countToday } from "../stats/fragments.ts";
import { type Attempt, type Counter, reserveAttempt } from "../throttle/fragments.ts";
import type { Grant } from "../token/grant.ts";

/** Counts a sign-up, and says early when it can only fail. */
export function reserveSignUp(
  deps: Pick<Deps, "db" | "clock">,
  emailKey: string,
  counters: readonly Counter[],
): Promise<(Attempt & { taken: boolean }) | undefined> {
  return queryJson(
    deps.db,
    sql`with ${reserveAttempt(databaseNow(deps.clock), counters)}
    select json_build_object('allowed', t.allowed, 'retryAfter', t.retry_after, 'counted', to_json(t.counted), 'taken',
      exists (select 1 from auth.users u where u.email_key = ${emailKey})) as result
    from attempt t`,
  );
}

export type NewAccount = {
  readonly account: { id: UserId; email: EmailAddress; name: string | null; passwordHash: string };
  readonly session: NewSession;
  /** The mail that has the address verified, where no invitation has done so. */
  readonly verification: OutboxId;
  /** What limits the mail to the address: over it the account is made, and no mail goes out. */
  readonly counters: readonly Counter[];
  readonly invitation?: Proof;
};

/**
 * Makes the account, its roles, its first session, the mail that verifies its address and the audit
 * event. Undefined: the address is taken, or the invitation is used.
 */
export function createAccount(
  deps: Pick<Deps, "db" | "clock" | "random" | "config" | "keys">,
  caller: Caller,
  { account, session, verification, counters, invitation }: NewAccount,
): Promise<{ user: User; grant: Grant; mailed: boolean } | undefined> {
  const now = databaseNow(deps.clock);
  const given = invitation?.payload.roles ?? ["user"];
  const names = textArray(given);
  // What is made here is not seen by the same statement but in what it returns.
  const roles = sql`(select coalesce(array_agg(g.role order by g.role), '{}') from granted g)`;
  // A first session is of one factor, and roles that take two do not count in it.
  const counted = sql`(select coalesce(array_agg(g.role order by g.role), '{}')
    from granted g join auth.roles r on r.name = g.role where not r.mfa_required)`;
  const gate = invitation ? sql`spent` : sql`(select 1) one`;
  return queryJson(
    deps.db,
    sql`with ${reserveAttempt(now, counters)},
    ${invitation ? spendInvitation(now, invitation) : sql``} new_user as (
      insert into auth.users (id, email, email_key, email_verified, name, password_hash, created_at, updated_at, last_sign_in_at)
      select ${account.id}::uuid, ${account.email.typed}, ${account.email.key}, ${invitation !== undefined}::boolean,
        ${account.name}, ${account.passwordHash}, t.now, t.now, t.now from ${gate}, (select ${now} as now) t
      on conflict (email_key) do nothing returning *),
    granted as (
      insert into auth.user_roles (user_id, role)
      -- Locked, so that a role which is being deleted is waited for, and then left out.
      select u.id, r.name from new_user u, auth.roles r where r.name = any((${names})::text[]) for key share of r
      returning role),
    ${insertSession(deps, caller, session, sql`new_user u`, sql`u.security_epoch`)},
    ${rememberDevice(deps, caller, sql`new_user u`)},
    ${enqueueMail(deps, {
      id: verification,
      kind: "verify_email",
      from: sql`(select n.* from new_user n, attempt t where t.allowed and not n.email_verified) u`,
      email: sql`u.email`,
      emailKey: sql`u.email_key`,
      user: sql`u.id`,
      epoch: sql`u.security_epoch`,
    })},
    ${recordEvent(deps, caller, {
      action: "account.created",
      actor: sql`s.user_id`,
      subject: sql`s.user_id`,
      session: sql`s.id`,
      from: sql`new_session s`,
      ...(invitation && { text: "by invitation" }),
    })},
    ${countToday(now, "active_users", sql`new_session`)}
    select json_build_object('mailed', exists (select 1 from queued), 'user', ${userJson(sql`u`, now, roles)},
      'grant', ${grantJson(deps, sql`s`, counted, permissionsOfRoles(counted))}) as result
    from new_user u, new_session s`,
  );
}

/** Good as long as whoever invited may still invite, and assign such roles; not spent on a taken address. */
function spendInvitation(now: SQL, { id, emailKey, payload }: Proof): SQL {
  const host = sql`(select i.id from auth.users i
    where i.id = ${payload.invitedBy ?? null}::uuid and not ${isSuspended(sql`i`, now)}
      and 'users:invite' = any(${permissionsOf(sql`i.id`)}::text[])
      and ${mayHandOut(textArray(payload.roles ?? []), permissionsOf(sql`i.id`))}
      and not exists (select 1 from auth.users u where u.email_key = ${emailKey})) host`;
  return sql`${spendProof(now, id, host, sql`o.kind = 'invitation' and o.email_key = ${emailKey}`)},`;
}

/** Writes the pending registration, unless its address has been sent too many mails. */
export async function insertRegistration(
  deps: Pick<Deps, "db" | "clock" | "config">,
  id: OutboxId,
  registration: { email: EmailAddress; name: string | null; passwordHash: string },
  counters: readonly Counter[],
): Promise<{ allowed: boolean }> {
  const { email, name, passwordHash } = registration;
  const answer = await queryJson<{ allowed: boolean }>(
    deps.db,
    sql`with ${reserveAttempt(databaseNow(deps.clock), counters)},
    ${enqueueMail(deps, {
      id,
      kind: "registration",
      from: sql`(select 1 from attempt where allowed) allowed`,
      email: sql`${email.typed}`,
      emailKey: sql`${email.key}`,
      payload: sql`${JSON.stringify({ passwordHash, name })}::jsonb`,
    })}
    select json_build_object('allowed', t.allowed) as result from attempt t`,
  );
  return answer ?? { allowed: false };
}
