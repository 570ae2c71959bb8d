import { sql } from "drizzle-orm";
import { isSuspended } from "../access/fragments.ts";
import { lockOwner } from "../account/fragments.ts";
import type { Challenge } from "../challenge/challenge.ts";
import { isSpent, spendChallenge } from "../challenge/fragments.ts";
import { databaseNow, queryJson } from "../db/database.ts";
import type { OutboxId } from "../ids.ts";
import {
  claimFactor,
  codesLeft,
  isOpenCode,
  type ShownFactor,
  totpJson,
  trustDevice,
} from "../mfa/fragments.ts";
import type { StoredTotp } from "../mfa/totp.ts";
import type { Caller, Deps } from "../ports.ts";
import { grantJson, type NewSession } from "../session/fragments.ts";
import { type Attempt, type Counter, reserveAttempt } from "../throttle/fragments.ts";
import type { Grant } from "../token/grant.ts";
import { openSessionOf } from "./fragments.ts";
import type { HalfSignIn } from "./second-step.ts";

export type SecondAttempt = Attempt & {
  /** Whether the sign-in can still be finished: its epoch stands, and nobody has finished it. */
  readonly open: boolean;
  readonly totp: StoredTotp | null;
  /** Whether the recovery code that is shown is one, not used yet. */
  readonly isCode: boolean;
  /** The database's, in Unix seconds. */
  readonly time: number;
};

/** Counts the attempt, then reads what it is about. */
export function reserveSecondStep(
  deps: Pick<Deps, "db" | "clock">,
  challenge: Challenge<HalfSignIn>,
  codeHash: string | null,
  counters: readonly Counter[],
): Promise<SecondAttempt | undefined> {
  const now = databaseNow(deps.clock);
  const { userId, epoch } = challenge.bound;
  return queryJson(
    deps.db,
    sql`with live as materialized (
      select u.id from auth.users u where u.id = ${userId}::uuid and u.security_epoch = ${epoch}::int
        and not ${isSuspended(sql`u`, now)} and not ${isSpent(challenge)}),
    ${reserveAttempt(now, counters, sql`exists (select 1 from live)`)}
    select json_build_object('open', l.id is not null, 'allowed', t.allowed, 'retryAfter', t.retry_after,
      'counted', to_json(t.counted), 'totp', ${totpJson(sql`l.id`)}, 'isCode', ${isOpenCode(sql`l.id`, codeHash)},
       'time', extract(epoch from ${now})::float8) as result
    from attempt t left join live l on true`,
  );
}

/**
 * Takes the factor, uses the challenge up and opens the session, in one. Undefined: somebody was first, with the
 * factor or with the challenge, or the account changed meanwhile.
 */
export function finishSecondStep(
  deps: Pick<Deps, "db" | "clock" | "random" | "config" | "keys">,
  caller: Caller,
  challenge: Challenge<HalfSignIn>,
  finished: {
    shown: ShownFactor;
    session: NewSession;
    notice: OutboxId;
    trust: { id: string; expiresAt: number } | undefined;
    throttleKeys: readonly string[];
  },
): Promise<{ grant: Grant; noticed: boolean } | undefined> {
  const now = databaseNow(deps.clock);
  const { userId, epoch } = challenge.bound;
  const { shown, trust } = finished;
  const tell =
    shown.method === "recovery_code"
      ? {
          kind: "recovery_code_used" as const,
          more: sql`json_build_object('codesLeft', ${codesLeft(sql`u.id`, shown.hash)})`,
        }
      : undefined;
  const opened = {
    ...finished,
    gate: sql`spent`,
    method: trust ? "totp, device trusted" : shown.method,
    tell,
  };
  return queryJson(
    deps.db,
    sql`with ${lockOwner(now, { userId, epoch, emailKey: "" }, "whatever its address")},
    ${claimFactor(now, shown)},
    ${spendChallenge(challenge, sql`claimed`)},
    ${openSessionOf(deps, caller, opened)}
    ${trust ? sql`, ${trustDevice(now, caller, trust, sql`signed_in u`)}` : sql``}
    select json_build_object('grant', ${grantJson(deps, sql`s`)}, 'noticed', exists (select 1 from queued)) as result
    from new_session s`,
  );
}
