import { sql } from "drizzle-orm";
import type { Factors } from "../access/assurance.ts";
import { factorsJson, hasFactors, isFresh, nextEpoch } from "../access/fragments.ts";
import { type Actor, runAs } from "../access/run-as.ts";
import { recordEvent } from "../audit/fragments.ts";
import { databaseNow } from "../db/database.ts";
import type { OutboxId } from "../ids.ts";
import { notifyUser } from "../outbox/fragments.ts";
import type { Caller, Deps } from "../ports.ts";
import { endSessions, idAfterStep } from "../session/fragments.ts";
import { type Attempt, type Counter, releaseAttempt, reserveAttempt } from "../throttle/fragments.ts";

export type Credential = Attempt & {
  readonly passwordHash: string | null;
  readonly factors: Factors;
  /** Whether the caller authenticated lately, by the strongest factor there is. */
  readonly fresh: boolean;
  readonly epoch: number;
  readonly email: string;
  readonly name: string | null;
};

/** Reserves an attempt at the caller's own password, then reads what it is checked against. */
export function reserveOwnPassword(
  deps: Pick<Deps, "db" | "clock">,
  actor: Actor,
  counters: readonly Counter[],
): Promise<Credential | undefined> {
  const now = databaseNow(deps.clock);
  return runAs(
    deps,
    actor,
    sql`${reserveAttempt(now, counters, sql`exists (select 1 from allowed)`)},
    result as (
      select t.allowed, t.retry_after as "retryAfter", t.counted, u.password_hash as "passwordHash",
        u.security_epoch as epoch, u.email, u.name,
        ${factorsJson(sql`u`)} as factors, ${isFresh(sql`a`, sql`u`, now)} as fresh
      from attempt t, allowed a join auth.users u on u.id = a.user_id)`,
  );
}

/**
 * Replaces the password that was read under `epoch`, raises the epoch, ends every other session
 * and takes the caller's own along into the new epoch.
 * @returns undefined when the epoch has moved: someone changed the account first.
 */
export function replacePassword(
  deps: Pick<Deps, "db" | "clock" | "random" | "config">,
  caller: Caller,
  actor: Actor,
  change: { passwordHash: string; epoch: number; throttleKey: string; notice: OutboxId },
): Promise<{ userId: string } | undefined> {
  const now = databaseNow(deps.clock);
  return runAs(
    deps,
    actor,
    sql`changed as (
      update auth.users u set password_hash = ${change.passwordHash}, updated_at = ${now},
        ${nextEpoch(now)}
      from allowed a where u.id = a.user_id and u.security_epoch = ${change.epoch}::int
        and (not ${hasFactors(sql`u`)} or ${isFresh(sql`a`, sql`u`, now)})
      returning u.id, u.security_epoch, u.email, u.email_key),
    ${endSessions(now, "password_changed", sql`changed c`, sql`s.user_id = c.id`, actor.sessionId)},
    kept as (
      update auth.sessions s set id = ${idAfterStep(actor)}, epoch = c.security_epoch from changed c, doomed d
      where s.id = ${actor.sessionId}::uuid and s.id = d.id and s.ended_at is null),
    ${releaseAttempt([change.throttleKey], sql`exists (select 1 from changed)`)},
    ${notifyUser(deps, caller, {
      id: change.notice,
      kind: "password_changed",
      from: sql`changed u`,
    })},
    ${recordEvent(deps, caller, {
      action: "password.changed",
      actor: sql`c.id`,
      subject: sql`c.id`,
      session: sql`${actor.sessionId}::uuid`,
      from: sql`changed c`,
    })},
    result as (select c.id as "userId" from changed c)`,
  );
}
