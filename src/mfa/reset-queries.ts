import { type SQL, sql } from "drizzle-orm";
import { hasFactors, nextEpoch } from "../access/fragments.ts";
import { decideOnUser, unlessOneself } from "../access/operator-queries.ts";
import { type Actor, runAs } from "../access/run-as.ts";
import { revokeKeys } from "../api-key/fragments.ts";
import { recordEvent } from "../audit/fragments.ts";
import { databaseNow, queryJson } from "../db/database.ts";
import type { OutboxId } from "../ids.ts";
import { notifyOfOperator } from "../outbox/fragments.ts";
import type { Caller, Deps } from "../ports.ts";
import { endSessions } from "../session/fragments.ts";
import { forgetFactors, withoutFactors } from "./fragments.ts";

type Needs = Pick<Deps, "db" | "clock" | "random" | "config">;

/** Takes a user's second factors away, on behalf of an operator. Undefined when there is no such user. */
export function dropFactors(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  { id, notice }: { id: string; notice: OutboxId },
): Promise<{ refused: "not_allowed" | "conflict" | null; changed: boolean } | undefined> {
  return runAs(
    deps,
    actor,
    sql`${decideOnUser(actor, id, databaseNow(deps.clock), { further: sql`${unlessOneself(actor)} ${unlessChanged}` })},
    ${strip(deps, notice)},
    ${recordEvent(deps, caller, {
      action: "mfa.reset",
      outcome: sql`case when v.refused is null then 'success' else 'denied' end`,
      actor: sql`${actor.userId}::uuid`,
      subject: sql`v.id`,
      session: sql`${actor.sessionId}::uuid`,
      from: sql`verdict v where v.refused is not null or exists (select 1 from changed)`,
    })},
    result as (select v.refused, exists (select 1 from changed) as changed from verdict v)`,
  );
}

export type BrokenGlass = {
  id: string;
  email: string;
  removed: { totp: boolean; passkeys: number; recovery_codes: number };
};

/** The same for whoever sits at the terminal, by address, and says what was taken. Undefined when it has no account. */
export function dropFactorsOfAddress(
  deps: Needs,
  caller: Caller,
  { emailKey, notice }: { emailKey: string; notice: OutboxId },
): Promise<(BrokenGlass & { refused: "conflict" | null }) | undefined> {
  return queryJson(
    deps.db,
    sql`with target as materialized (
      select u.* from auth.users u where u.email_key = ${emailKey} for update of u),
    verdict as materialized (select t.id, case ${unlessChanged} end as refused from target t),
    ${strip(deps, notice)},
    ${recordEvent(deps, caller, {
      action: "mfa.reset",
      subject: sql`c.id`,
      from: sql`changed c`,
      text: "break glass",
    })}
    select json_build_object('id', t.id, 'email', t.email, 'removed', json_build_object(
      'totp', t.has_totp, 'passkeys', t.passkeys, 'recovery_codes', (
        select count(*) from auth.recovery_codes r join changed c on r.user_id = c.id where r.used_at is null)),
      'refused', (select refused from verdict)) as result
    from target t`,
  );
}

/** Who waited for a change of the user's factors does not see the rows of it. */
const unlessChanged = sql`when t.updated_at <> (select updated_at from auth.users where id = t.id) then 'conflict'`;

/**
 * CTEs that take the second factors of the locked row `target`, unless `verdict` refuses or there are none, and tell
 * the user. Whoever was signed in has to sign in again: nobody knows which of the sessions is the user's.
 */
function strip(deps: Needs, notice: OutboxId): SQL {
  const now = databaseNow(deps.clock);
  return sql`changed as (
      update auth.users u set ${withoutFactors}, ${nextEpoch(now, "keys too")}, updated_at = ${now}
      from verdict v join target t on t.id = v.id
      where u.id = v.id and v.refused is null and ${hasFactors(sql`t`)} returning u.id, u.email, u.email_key),
    ${forgetFactors(sql`changed c`)},
    ${endSessions(now, "mfa_reset", sql`changed c`, sql`s.user_id = c.id`)},
    ${revokeKeys(now, sql`changed c`)},
    ${notifyOfOperator(deps, { id: notice, kind: "factor_changed", from: sql`changed u` })}`;
}
