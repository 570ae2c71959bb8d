import { type SQL, sql } from "drizzle-orm";
import type { Factors } from "../access/assurance.ts";
import { factorsJson, hasFactors, isSuspended } from "../access/fragments.ts";
import { recordEvent } from "../audit/fragments.ts";
import { databaseNow, queryJson, seconds } from "../db/database.ts";
import type { OutboxId, UserId } from "../ids.ts";
import { useTrust } from "../mfa/fragments.ts";
import type { Rehash } from "../password/rehash-if-stale.ts";
import type { Caller, Deps } from "../ports.ts";
import {
  countFirstSignIn,
  grantJson,
  insertSession,
  type NewSession,
  noticeNewDevice,
} from "../session/fragments.ts";
import { type Attempt, type Counter, releaseAttempt, reserveAttempt } from "../throttle/fragments.ts";
import type { Grant } from "../token/grant.ts";

/** How long a session vouches for the network it was opened on. */
const familiarSeconds = 90 * 86_400;

/** Whether the account has had a session on this network lately. The owner is let by here. */
export function isFamiliar(deps: Pick<Deps, "clock">, emailKey: string, network: string): SQL {
  return sql`exists (select 1 from auth.sessions s join auth.users u on u.id = s.user_id
    where u.email_key = ${emailKey} and s.network = ${network}
      and s.created_at > ${databaseNow(deps.clock)} - ${seconds(familiarSeconds)})`;
}

export type LoginAttempt = Attempt & {
  readonly userId: UserId | null;
  readonly passwordHash: string | null;
  readonly epoch: number | null;
  readonly suspended: boolean | null;
  readonly verified: boolean | null;
};

/** Counts the attempt, then reads the credential it is about. */
export function reserveLogin(
  deps: Pick<Deps, "db" | "clock">,
  emailKey: string,
  counters: readonly Counter[],
): Promise<LoginAttempt | undefined> {
  const now = databaseNow(deps.clock);
  return queryJson(
    deps.db,
    sql`with ${reserveAttempt(now, counters)}
    select json_build_object('allowed', t.allowed, 'retryAfter', t.retry_after, 'counted', to_json(t.counted), 'userId', u.id,
      'passwordHash', u.password_hash, 'epoch', u.security_epoch, 'verified', u.email_verified,
      'suspended', ${isSuspended(sql`u`, now)}) as result
    from attempt t left join auth.users u on t.allowed and u.email_key = ${emailKey}`,
  );
}

/** What a right password came to: a session, or the second factor that is due. */
export type Opened = { grant: Grant | null; noticed: boolean; factors: Factors | null };

/**
 * Opens a session for a password that was read under `epoch`, unless a second factor is due. Whether one is, is read from
 * the user's row under its lock: a factor that was set up meanwhile is not missed. When the epoch has moved the
 * session is either not made or born dead: nothing that authenticates looks at it. A rehash replaces the very
 * hash that was verified or nothing, so a password changed meanwhile stays.
 */
export function openSession(
  deps: Pick<Deps, "db" | "clock" | "random" | "config" | "keys">,
  caller: Caller,
  proof: {
    userId: UserId;
    epoch: number;
    session: NewSession;
    throttleKey: string;
    rehash?: Rehash | undefined;
    /** The device that came along, if the user trusts it. */
    device: string | null;
    notice: OutboxId;
  },
): Promise<Opened | undefined> {
  const now = databaseNow(deps.clock);
  return queryJson(
    deps.db,
    sql`with before as materialized (
      select u.* from auth.users u
      where u.id = ${proof.userId}::uuid and u.security_epoch = ${proof.epoch}::int
        and not ${isSuspended(sql`u`, now)} for update),
    ${useTrust(now, proof.device, deps.config.trustedDeviceSeconds, sql`before b`)},
    verified as (
      select b.id, b.last_sign_in_at, ${hasFactors(sql`b`)} and not exists (select 1 from trusted) as due from before b),
    changed as (
      update auth.users u set last_sign_in_at = case when v.due then u.last_sign_in_at else ${now} end, password_hash =
        case when u.password_hash = ${proof.rehash?.from ?? null}::text then ${proof.rehash?.to ?? null}::text
          else u.password_hash end
      from verified v where u.id = v.id returning u.*, v.due, v.last_sign_in_at as last_sign_in_before),
    signed_in as (select * from changed where not due),
    ${insertSession(deps, caller, proof.session, sql`signed_in u`, sql`${proof.epoch}::int`)},
    ${releaseAttempt([proof.throttleKey], sql`exists (select 1 from signed_in)`)},
    ${noticeNewDevice(deps, caller, { id: proof.notice, session: proof.session.id }, sql`signed_in u`)},
    ${recordEvent(deps, caller, {
      action: sql`case when c.due then 'login.second_factor_due' else 'login.succeeded' end`,
      actor: sql`c.id`,
      subject: sql`c.id`,
      session: sql`s.id`,
      from: sql`changed c left join new_session s on true`,
      ...(proof.device && { text: "with the token of a trusted device" }),
    })},
    ${countFirstSignIn(now, sql`signed_in u`, sql`u.last_sign_in_before`)}
    select json_build_object('grant', (select ${grantJson(deps, sql`s`)} from new_session s),
      'noticed', exists (select 1 from queued),
      'factors', case when c.due then ${factorsJson(sql`c`)} end) as result from changed c`,
  );
}

/**
 * Records a refused login. Costs a statement for unknown accounts as well, so that both look alike. Nothing is written of an
 * account that was deleted while the password was hashed: it could not be erased any more.
 */
export async function recordRefusedLogin(
  deps: Pick<Deps, "db" | "clock" | "random">,
  caller: Caller,
  refused: { userId: UserId | null; email?: string; reason: string },
): Promise<void> {
  const event = recordEvent(deps, caller, {
    action: "login.refused",
    outcome: "denied",
    subject: sql`${refused.userId}::uuid`,
    from: refused.userId
      ? sql`(select u.id from auth.users u where u.id = ${refused.userId}::uuid for key share) u`
      : sql`(select 1) one`,
    // What was typed for an address without an account is nobody's event, and could not be erased.
    ...(refused.userId && refused.email !== undefined && { email: refused.email }),
    text: refused.reason,
  });
  await queryJson(deps.db, sql`with ${event} select to_json(id) as result from event`);
}
