import { type SQL, sql } from "drizzle-orm";
import { nextEpoch } from "../access/fragments.ts";
import { type Actor, runAs } from "../access/run-as.ts";
import { lockOwner, unlessMissed, userJson } from "../account/fragments.ts";
import type { User } from "../account/user.ts";
import { revokeKeys } from "../api-key/fragments.ts";
import { recordEvent } from "../audit/fragments.ts";
import { databaseNow, queryJson, textArray } from "../db/database.ts";
import type { OutboxId, UserId } from "../ids.ts";
import type { EmailAddress } from "../lib/email-address.ts";
import { violatesUniqueness } from "../lib/postgres-error.ts";
import { forgetFactors, withoutFactors } from "../mfa/fragments.ts";
import { enqueueMail, notifyUser } from "../outbox/fragments.ts";
import type { Caller, Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import type { Proof } from "../proof/check-proof.ts";
import { spendProof } from "../proof/fragments.ts";
import { forgetSessions } from "../session/fragments.ts";
import { type Counter, reserveAttempt } from "../throttle/fragments.ts";

type Needs = Pick<Deps, "db" | "clock" | "random" | "config">;

const ofOwner = sql`o.user_id = w.id or o.email_key = w.email_key`;

/** Marks the address of an account verified. Undefined: the proof is used, or void since. */
export function confirmAddress(deps: Needs, caller: Caller, proof: Proof): Promise<User | undefined> {
  const now = databaseNow(deps.clock);
  return queryJson(
    deps.db,
    sql`with ${lockOwner(now, proof)},
    ${spendProof(now, proof.id, sql`owner w`, sql`o.kind = 'verify_email' and o.email_key = w.email_key`)},
    changed as (
      update auth.users u set email_verified = true, updated_at = ${now}
      from owner w, spent where u.id = w.id returning u.*),
    ${verifiedEvent(deps, caller, "email.verified")}
    select ${userJson(sql`c`, now)} as result from changed c`,
  );
}

/** Gives an unverified account to whoever reads its mail: of what was set up before nothing counts. */
export function takeOver(
  deps: Needs,
  caller: Caller,
  proof: Proof,
  change: { passwordHash: string; notice: OutboxId },
): Promise<User | undefined> {
  const now = databaseNow(deps.clock);
  return queryJson(
    deps.db,
    sql`with ${lockOwner(now, proof, "holds the address", unlessMissed)},
    ${spendProof(now, proof.id, sql`(select * from owner where not email_verified) w`, ofOwner)},
    changed as (
      update auth.users u set email_verified = true, password_hash = ${change.passwordHash}, ${withoutFactors},
        ${nextEpoch(now, "keys too")}, updated_at = ${now}
      from owner w, spent where u.id = w.id returning u.*),
    ${forgetSessions(now, sql`changed c`, sql`s.user_id = c.id`)},
    ${revokeKeys(now, sql`changed c`)},
    ${forgetFactors(sql`changed c`)},
    ${notifyUser(deps, caller, {
      id: change.notice,
      kind: "password_changed",
      from: sql`changed u`,
    })},
    ${verifiedEvent(deps, caller, "account.taken_over")}
    select ${userJson(sql`c`, now)} as result from changed c`,
  );
}

/**
 * Moves an account to its new address, tells the old one, and voids every older proof of either.
 * @throws Problem `email_taken` when another account has the address.
 */
export async function confirmChange(
  deps: Needs,
  caller: Caller,
  proof: Proof,
  notice: OutboxId,
): Promise<User | undefined> {
  const now = databaseNow(deps.clock);
  const moved = queryJson<User>(
    deps.db,
    sql`with ${lockOwner(now, proof, "whatever its address")},
    ${spendProof(now, proof.id, sql`owner w`, sql`${ofOwner} or o.email_key = ${proof.emailKey}`)},
    changed as (
      update auth.users u set email = ${proof.email}, email_key = ${proof.emailKey}, email_verified = true,
        updated_at = ${now}
      from owner w, spent where u.id = w.id returning u.*),
    ${notifyUser(deps, caller, {
      id: notice,
      kind: "email_changed",
      from: sql`(select c.id, w.email, w.email_key from changed c, owner w) u`,
    })},
    ${verifiedEvent(deps, caller, "email.changed")}
    select ${userJson(sql`c`, now)} as result from changed c`,
  );
  try {
    return await moved;
  } catch (error) {
    if (violatesUniqueness(error)) throw new Problem("email_taken", { cause: error });
    throw error;
  }
}

/** Makes the account of a registration. The first of several wins and ends the others. */
export function createRegistered(
  deps: Needs,
  caller: Caller,
  proof: Proof,
  account: { id: UserId; passwordHash: string; name: string | null },
): Promise<User | undefined> {
  const now = databaseNow(deps.clock);
  return queryJson(
    deps.db,
    sql`with ${spendProof(now, proof.id, sql`(select 1) one`, sql`o.email_key = ${proof.emailKey}`)},
    changed as (
      insert into auth.users (id, email, email_key, email_verified, name, password_hash, created_at, updated_at)
      select ${account.id}::uuid, ${proof.email}, ${proof.emailKey}, true, ${account.name},
        ${account.passwordHash}, t.now, t.now from spent, (select ${now} as now) t
      on conflict (email_key) do nothing returning *),
    granted as (insert into auth.user_roles (user_id, role) select id, 'user' from changed),
    ${verifiedEvent(deps, caller, "account.created")}
    select ${userJson(sql`c`, now, textArray(["user"]))} as result from changed c`,
  );
}

function verifiedEvent(deps: Needs, caller: Caller, action: string): SQL {
  return recordEvent(deps, caller, {
    action,
    actor: sql`c.id`,
    subject: sql`c.id`,
    from: sql`changed c`,
  });
}

/** Writes the mail to the new address, for the account as it was when its owner was proven. */
export function requestChange(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  change: { id: OutboxId; email: EmailAddress; epoch: number; counters: readonly Counter[] },
): Promise<{ allowed: boolean } | undefined> {
  return runAs(
    deps,
    actor,
    sql`current as (
      select u.id, u.security_epoch from allowed a join auth.users u on u.id = a.user_id
      where u.security_epoch = ${change.epoch}::int),
    ${reserveAttempt(databaseNow(deps.clock), change.counters, sql`exists (select 1 from current)`)},
    ${enqueueMail(deps, {
      id: change.id,
      kind: "change_email",
      from: sql`(select c.* from current c, attempt t where t.allowed) c`,
      email: sql`${change.email.typed}`,
      emailKey: sql`${change.email.key}`,
      user: sql`c.id`,
      epoch: sql`c.security_epoch`,
    })},
    ${recordEvent(deps, caller, {
      action: "email.change_requested",
      actor: sql`c.id`,
      subject: sql`c.id`,
      session: sql`${actor.sessionId}::uuid`,
      from: sql`current c`,
    })},
    result as (select t.allowed from current c, attempt t)`,
  );
}
