import { type SQL, sql } from "drizzle-orm";
import { acr, type Factors } from "../access/assurance.ts";
import { factorsJson, hasFactors } from "../access/fragments.ts";
import { type Actor, runAs } from "../access/run-as.ts";
import { recordEvent } from "../audit/fragments.ts";
import type { Challenge } from "../challenge/challenge.ts";
import { spendChallenge } from "../challenge/fragments.ts";
import { databaseNow } from "../db/database.ts";
import type { OutboxId } from "../ids.ts";
import { claimFactor, codesLeft, isOpenCode, type ShownFactor, totpJson } from "../mfa/fragments.ts";
import type { StoredTotp } from "../mfa/totp.ts";
import { notifyUser } from "../outbox/fragments.ts";
import { claimCounter, passkeyJson } from "../passkey/fragments.ts";
import type { Assertion, PasskeyRecord } from "../passkey/verify-assertion.ts";
import type { Caller, Deps } from "../ports.ts";
import type { Proof } from "../proof/check-proof.ts";
import { spendProof } from "../proof/fragments.ts";
import { grantJson, idAfterStep, together } from "../session/fragments.ts";
import { type Attempt, type Counter, releaseAttempt, reserveAttempt } from "../throttle/fragments.ts";
import type { Grant } from "../token/grant.ts";

/** What the caller's own credentials are, read under `epoch`. */
export type Credentials = Attempt & {
  readonly factors: Factors;
  readonly passwordHash: string | null;
  readonly totp: StoredTotp | null;
  /** Whether the recovery code that is shown is one, not used yet. */
  readonly isCode: boolean;
  readonly epoch: number;
  /** The database's, in Unix seconds. */
  readonly time: number;
};

/** Counts the attempt, if the method is one the account has to show, then reads what it is checked against. */
export function reserveCredentials(
  deps: Pick<Deps, "db" | "clock">,
  actor: Actor,
  shown: { method: "password" | "totp" | "recovery_code"; codeHash: string | null },
  counters: readonly Counter[],
): Promise<Credentials | undefined> {
  const now = databaseNow(deps.clock);
  return runAs(
    deps,
    actor,
    sql`asking as materialized (
      select u.* from allowed a join auth.users u on u.id = a.user_id where ${mayShow(shown.method, sql`u`)}),
    ${reserveAttempt(now, counters, sql`exists (select 1 from asking)`)},
    result as (
      select t.allowed, t.retry_after as "retryAfter", t.counted, a.epoch, u.password_hash as "passwordHash",
        ${factorsJson(sql`u`)} as factors, ${totpJson(sql`u.id`)} as totp,
        ${isOpenCode(sql`u.id`, shown.codeHash)} as "isCode", extract(epoch from ${now})::float8 as time
      from attempt t, allowed a join auth.users u on u.id = a.user_id)`,
  );
}

/** What the caller can authenticate with. */
export function readFactors(
  deps: Pick<Deps, "db" | "clock">,
  actor: Actor,
): Promise<{ factors: Factors } | undefined> {
  return runAs(
    deps,
    actor,
    sql`result as (select ${factorsJson(sql`u`)} as factors from allowed a join auth.users u on u.id = a.user_id)`,
  );
}

/** One of the caller's passkeys, to verify an answer against. */
export function readPasskey(
  deps: Pick<Deps, "db" | "clock">,
  actor: Actor,
  credentialId: string,
): Promise<{ passkey: PasskeyRecord | null; factors: Factors; epoch: number } | undefined> {
  return runAs(
    deps,
    actor,
    sql`result as (
      select case when p.id is not null then ${passkeyJson(sql`p`)} end as passkey, ${factorsJson(sql`u`)} as factors, a.epoch
      from allowed a join auth.users u on u.id = a.user_id
        left join auth.passkeys p on p.user_id = u.id and p.credential_id = ${credentialId})`,
  );
}

/** What was shown, found right as far as that can be told without the database. */
export type Shown =
  | ShownFactor
  | { readonly method: "password" }
  | { readonly method: "passkey"; readonly assertion: Assertion; readonly flow: Step }
  | { readonly method: "email_code"; readonly proof: Proof };

type Step = Pick<Challenge, "id" | "expiresAt">;

/** What it amounts to: the methods (RFC 8176), and for a second factor what an `acr` of two hangs on. */
export type Renewal = {
  readonly shown: Shown;
  readonly epoch: number;
  readonly amr: readonly string[];
  readonly throttleKeys: readonly string[];
  readonly notice: OutboxId;
};

/**
 * Makes the caller's session as fresh as what was shown, which is taken in the same statement. The refresh token is
 * replaced as by a refresh: whoever had the session before must not keep it unseen. No grant: what was shown is used up, or
 * is not the strongest of the account's `factors`, or the account changed meanwhile.
 */
export function renewAuthentication(
  deps: Pick<Deps, "db" | "clock" | "random" | "config">,
  caller: Caller,
  actor: Actor,
  { shown, epoch, amr, throttleKeys, notice }: Renewal,
): Promise<{ grant: Grant | null; noticed: boolean; factors: Factors } | undefined> {
  const now = databaseNow(deps.clock);
  const { two, factorId } = levelOf(shown);
  return runAs(
    deps,
    actor,
    sql`owner as materialized (
      select u.* from allowed a join auth.users u on u.id = a.user_id
      where u.security_epoch = ${epoch}::int and ${mayShow(shown.method, sql`u`)} for update of u),
    ${take(deps, shown)},
    -- Changes nothing but the version of the row: whoever waits to take a factor away must not miss this session.
    noted as (update auth.users u set passkeys = u.passkeys from owner w where u.id = w.id and ${two}::boolean),
    renewed as (
      update auth.sessions s set id = ${idAfterStep(actor)}, auth_time = t.now, acr = ${two ? acr.two : acr.one}, factor_id = ${factorId}::uuid,
        amr = ${together(sql`s.amr`, amr)}, generation = s.generation + 1, rotated_at = t.now, last_used_at = t.now
      from owner w, ${taken(shown)}, (select ${now} as now) t
      where s.id = ${actor.sessionId}::uuid and s.user_id = w.id and s.ended_at is null and s.epoch = w.security_epoch
      returning s.*),
    ${tell(deps, caller, actor, shown, notice)},
    ${releaseAttempt(throttleKeys, sql`exists (select 1 from renewed)`)},
    ${recordEvent(deps, caller, {
      action: "session.reauthenticated",
      actor: sql`s.user_id`,
      subject: sql`s.user_id`,
      session: sql`s.id`,
      from: sql`renewed s`,
      text: shown.method,
    })},
    result as (
      select (select ${grantJson(deps, sql`s`)} from renewed s) as grant, exists (select 1 from queued) as noticed,
        ${factorsJson(sql`u`)} as factors
      from allowed a join auth.users u on u.id = a.user_id)`,
  );
}

function levelOf(shown: Shown): { two: boolean; factorId: string | null } {
  if (shown.method === "totp") return { two: true, factorId: shown.id };
  if (shown.method === "passkey") return { two: true, factorId: shown.assertion.passkeyId };
  return { two: shown.method === "recovery_code", factorId: null };
}

/** Whether it is the strongest that the user row `u` has: nothing weaker makes a session fresh. */
function mayShow(method: Shown["method"], u: SQL): SQL {
  if (method === "password") return sql`not ${hasFactors(u)}`;
  if (method === "email_code") return sql`not ${hasFactors(u)} and ${u}.password_hash is null`;
  return method === "totp" ? sql`${u}.has_totp` : hasFactors(u);
}

/** CTEs that take what can be used once; what they leave is in `taken`. */
function take(deps: Pick<Deps, "clock">, shown: Shown): SQL {
  const now = databaseNow(deps.clock);
  if (shown.method === "password") return sql`nothing as (select 1)`;
  if (shown.method === "passkey") {
    return sql`${claimCounter(deps, shown.assertion, sql`owner w`)}, ${spendChallenge(shown.flow, sql`claimed`)}`;
  }
  if (shown.method === "email_code") return spendProof(now, shown.proof.id, sql`owner w`);
  return claimFactor(now, shown);
}

function taken(shown: Shown): SQL {
  if (shown.method === "password") return sql`nothing`;
  return shown.method === "email_code" || shown.method === "passkey" ? sql`spent` : sql`claimed`;
}

/** The use of a recovery code is worth a mail. */
function tell(
  deps: Pick<Deps, "clock" | "config">,
  caller: Caller,
  actor: Actor,
  shown: Shown,
  id: OutboxId,
): SQL {
  if (shown.method !== "recovery_code") return sql`queued as (select null::uuid as id where false)`;
  return notifyUser(deps, caller, {
    id,
    kind: "recovery_code_used",
    from: sql`(select w.* from owner w, renewed) u`,
    session: sql`${actor.sessionId}::uuid`,
    more: sql`json_build_object('codesLeft', ${codesLeft(sql`u.id`, shown.hash)})`,
  });
}

/** Records that what was shown was wrong. */
export async function recordRefusal(
  deps: Pick<Deps, "db" | "clock" | "random">,
  caller: Caller,
  actor: Actor,
  method: string,
): Promise<void> {
  await runAs(
    deps,
    actor,
    sql`${recordEvent(deps, caller, {
      action: "session.reauthentication_refused",
      outcome: "denied",
      actor: sql`a.user_id`,
      subject: sql`a.user_id`,
      session: sql`a.session_id`,
      from: sql`allowed a`,
      text: method,
    })},
    result as (select id from event)`,
  );
}
