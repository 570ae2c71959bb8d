import { sql } from "drizzle-orm";
import { isSuspended, rolesIn } from "../access/fragments.ts";
import { decideOnUser } from "../access/operator-queries.ts";
import { type Actor, runAs } from "../access/run-as.ts";
import { operatorEvent, recordEvent } from "../audit/fragments.ts";
import { databaseNow } from "../db/database.ts";
import type { OutboxId } from "../ids.ts";
import { notifyOfOperator } from "../outbox/fragments.ts";
import type { Caller, Deps } from "../ports.ts";
import { noteRevoked } from "../revocation/fragments.ts";
import { grantJson } from "../session/fragments.ts";
import type { Grant } from "../token/grant.ts";

export type Permitted = {
  grant: Grant | null;
  subjectEpoch: number;
  refused: "not_allowed" | "conflict" | null;
};

/**
 * Records that an operator acts as a user, and answers what the token says: the user's roles cut to those the
 * operator has too, in the operator's session. Of permissions there are none, since a user who holds any
 * is refused, and so is one who is suspended. Of `app_metadata` nothing goes along: it may say what a role would.
 * @returns undefined when there is no such user.
 */
export function permitImpersonation(
  deps: Pick<Deps, "db" | "clock" | "random" | "config">,
  caller: Caller,
  actor: Actor,
  { id, reason, notice }: { id: string; reason: string; notice: OutboxId },
): Promise<Permitted | undefined> {
  const now = databaseNow(deps.clock);
  const refusals = sql`when exists (select 1 from rank where permissions <> '{}') or ${isSuspended(sql`t`, now)} then 'not_allowed'`;
  const roles = sql`(select coalesce(array_agg(ur.role order by ur.role), '{}') from auth.user_roles ur
    where ur.user_id = x.user_id and ur.role = any(${rolesIn(sql`x.acr`, sql`x.user_id`)}::text[]) and ur.role in (select o.role from operators o where o.id = ${actor.userId}::uuid))`;
  const notified = deps.config.impersonationNotice === "mail";
  return runAs(
    deps,
    actor,
    sql`${decideOnUser(actor, id, now, { further: refusals })},
    acting as (
      select v.id as user_id, t.security_epoch, t.email, t.email_key, s.id, s.client_id, s.generation, s.amr, s.acr,
        s.rotated_at, s.expires_at, s.auth_time
      from verdict v join target t on t.id = v.id, auth.sessions s
      where v.refused is null and s.id = ${actor.sessionId}::uuid),
    ${notifyOfOperator(deps, {
      id: notice,
      kind: "impersonated",
      from: sql`(select user_id as id, email, email_key from acting where ${notified}::boolean) u`,
    })},
    ${operatorEvent(deps, caller, actor, "user.impersonated", reason)},
    result as (
      select v.refused, t.security_epoch as "subjectEpoch",
        (select ${grantJson(deps, sql`x`, roles, sql`'{}'::text[]`)} from acting x) as grant
      from verdict v join target t on t.id = v.id)`,
  );
}

/** Makes what lets an operator act as a user good no more, before its time. */
export async function endActing(
  deps: Pick<Deps, "db" | "clock" | "random">,
  caller: Caller,
  actor: Actor & Required<Pick<Actor, "impersonator">>,
): Promise<void> {
  const { tokenId, userId } = actor.impersonator;
  await runAs(
    deps,
    actor,
    sql`${noteRevoked(
      databaseNow(deps.clock),
      sql`(select ${tokenId}::uuid as id, null::timestamptz as ended_at from allowed) e`,
      sql`ended`,
    )},
    ${recordEvent(deps, caller, {
      action: "user.impersonation_ended",
      actor: sql`${userId}::uuid`,
      subject: sql`a.user_id`,
      session: sql`a.session_id`,
      from: sql`allowed a, ended`,
    })},
    result as (select id from ended)`,
  );
}
