import { sql } from "drizzle-orm";
import { mayHandOut } from "../access/fragments.ts";
import { type Actor, runAs } from "../access/run-as.ts";
import { recordEvent } from "../audit/fragments.ts";
import { databaseNow, seconds, textArray, wireTime } from "../db/database.ts";
import type { OutboxId } from "../ids.ts";
import type { EmailAddress } from "../lib/email-address.ts";
import { enqueueMail } from "../outbox/fragments.ts";
import type { Caller, Deps } from "../ports.ts";
import { proofLife } from "../proof/kinds.ts";

export type Invited = { expires_at: string; refused: "unknown_role" | "not_allowed" | "email_taken" | null };

/**
 * Writes the invitation, unless the address has an account, a role does not exist, or the caller hands
 * out what they may not.
 */
export function insertInvitation(
  deps: Pick<Deps, "db" | "clock" | "random" | "config">,
  caller: Caller,
  actor: Actor,
  invitation: { id: OutboxId; email: EmailAddress; roles: readonly string[] },
): Promise<Invited | undefined> {
  const { id, email, roles } = invitation;
  const now = databaseNow(deps.clock);
  const wanted = textArray(roles);
  return runAs(
    deps,
    actor,
    sql`wanted as materialized (select unnest(${wanted}) as role),
    verdict as materialized (
      select a.user_id, case
        when exists (select 1 from wanted w where not exists (select 1 from auth.roles r where r.name = w.role))
          then 'unknown_role'
        when not (${mayHandOut(wanted, sql`a.held`)}) then 'not_allowed'
        when exists (select 1 from auth.users u where u.email_key = ${email.key}) then 'email_taken'
        end as refused
      from allowed a),
    ${enqueueMail(deps, {
      id,
      kind: "invitation",
      from: sql`(select 1 from verdict where refused is null) open`,
      email: sql`${email.typed}`,
      emailKey: sql`${email.key}`,
      payload: sql`${JSON.stringify({ roles, invitedBy: actor.userId })}::jsonb`,
    })},
    ${recordEvent(deps, caller, {
      action: "user.invited",
      outcome: sql`case when v.refused is null then 'success' else 'denied' end`,
      actor: sql`${actor.userId}::uuid`,
      session: sql`${actor.sessionId}::uuid`,
      from: sql`verdict v`,
      text: roles.join(" "),
    })},
    result as (
      select v.refused, ${wireTime(sql`${now} + ${seconds(proofLife.invitation)}`)} as expires_at
      from verdict v)`,
  );
}
