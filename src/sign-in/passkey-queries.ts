import { sql } from "drizzle-orm";
import { isSuspended } from "../access/fragments.ts";
import { lockOwner } from "../account/fragments.ts";
import type { Challenge } from "../challenge/challenge.ts";
import { isSpent, spendChallenge } from "../challenge/fragments.ts";
import { databaseNow, queryJson } from "../db/database.ts";
import type { OutboxId, UserId } from "../ids.ts";
import { claimCounter, credentialsOf, passkeyJson } from "../passkey/fragments.ts";
import type { CredentialDescriptor } from "../passkey/request-assertion.ts";
import type { Assertion, PasskeyRecord } from "../passkey/verify-assertion.ts";
import type { Caller, Deps } from "../ports.ts";
import { grantJson, type NewSession } from "../session/fragments.ts";
import { type Attempt, type Counter, reserveAttempt } from "../throttle/fragments.ts";
import type { Grant } from "../token/grant.ts";
import { openSessionOf } from "./fragments.ts";
import type { HalfSignIn } from "./second-step.ts";

/** The passkeys of the user of a half-finished sign-in. Undefined: it has come to an end. */
export function readSecondFactor(
  deps: Pick<Deps, "db" | "clock">,
  { bound, ...step }: Challenge<HalfSignIn>,
): Promise<CredentialDescriptor[] | undefined> {
  return queryJson(
    deps.db,
    sql`select ${credentialsOf(sql`u.id`)} as result from auth.users u
    where u.id = ${bound.userId}::uuid and u.security_epoch = ${bound.epoch}::int
      and not ${isSuspended(sql`u`, databaseNow(deps.clock))} and not ${isSpent(step)}`,
  );
}

export type PasskeyAttempt = Attempt & {
  readonly passkey: PasskeyRecord | null;
  readonly epoch: number | null;
  readonly suspended: boolean | null;
  readonly verified: boolean | null;
};

/** Counts the attempt, then reads the credential it is about. */
export function reservePasskey(
  deps: Pick<Deps, "db" | "clock">,
  credentialId: string,
  counters: readonly Counter[],
): Promise<PasskeyAttempt | undefined> {
  const now = databaseNow(deps.clock);
  return queryJson(
    deps.db,
    sql`with ${reserveAttempt(now, counters)}
    select json_build_object('allowed', t.allowed, 'retryAfter', t.retry_after, 'counted', to_json(t.counted),
      'passkey', case when u.id is not null then ${passkeyJson(sql`p`)} end, 'epoch', u.security_epoch,
      'suspended', ${isSuspended(sql`u`, now)}, 'verified', u.email_verified) as result
    from attempt t left join auth.passkeys p on t.allowed and p.credential_id = ${credentialId}
      left join auth.users u on u.id = p.user_id`,
  );
}

type Step = Pick<Challenge, "id" | "expiresAt">;

/** What `passkey_second_factor` is the second step of. */
export type FirstStep = { readonly half: HalfSignIn; readonly step: Step };

/**
 * Uses the challenge up, and with it the first step where there was one, takes the counter and opens a session.
 * Undefined: one of them was used, or the account changed meanwhile.
 */
export function openSessionByPasskey(
  deps: Pick<Deps, "db" | "clock" | "random" | "config" | "keys">,
  caller: Caller,
  proof: {
    userId: UserId;
    epoch: number;
    flow: Step;
    first: FirstStep | undefined;
    assertion: Assertion;
    session: NewSession;
    notice: OutboxId;
  },
): Promise<{ grant: Grant; noticed: boolean } | undefined> {
  const { userId, epoch, flow, first, assertion, session, notice } = proof;
  const throttleKeys = first?.half.throttleKey ? [first.half.throttleKey] : [];
  const opened = { session, notice, gate: sql`claimed`, method: "passkey", throttleKeys };
  return queryJson(
    deps.db,
    sql`with ${lockOwner(databaseNow(deps.clock), { userId, epoch, emailKey: "" }, "whatever its address")},
    ${spendChallenge(flow, sql`owner w`)},
    ${first ? sql`${spendChallenge(first.step, sql`spent`, sql`spent_step`)},` : sql``}
    ${claimCounter(deps, assertion, first ? sql`owner w, spent_step` : sql`owner w, spent`)},
    ${openSessionOf(deps, caller, opened)}
    select json_build_object('grant', ${grantJson(deps, sql`s`)}, 'noticed', exists (select 1 from queued)) as result
    from new_session s`,
  );
}
