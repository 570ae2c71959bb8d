import { sql } from "drizzle-orm";
import { mayHandOut } from "../access/fragments.ts";
import { lockOperators, lockRoles } from "../access/operator-queries.ts";
import { type Actor, runAs } from "../access/run-as.ts";
import { adminUserJson } from "../account/fragments.ts";
import type { AdminUser } from "../account/user.ts";
import { recordEvent } from "../audit/fragments.ts";
import { databaseNow, textArray } from "../db/database.ts";
import type { OutboxId, UserId } from "../ids.ts";
import type { EmailAddress } from "../lib/email-address.ts";
import { enqueueMail } from "../outbox/fragments.ts";
import type { Caller, Deps } from "../ports.ts";

/** An account that an operator makes for somebody. */
export type NewUser = {
  readonly id: UserId;
  readonly email: EmailAddress;
  readonly emailVerified: boolean;
  readonly name: string | null;
  readonly externalId: string | null;
  readonly roles: readonly string[];
  readonly metadata: Record<string, unknown>;
  readonly appMetadata: Record<string, unknown>;
  readonly invitation: { readonly id: OutboxId; readonly wanted: boolean };
};

export type Created = {
  user: AdminUser | null;
  refused: "not_allowed" | "unknown_role" | "email_taken" | "conflict" | null;
};

/** Makes an account without a password, its roles and the mail by which its owner chooses one. */
export function insertUser(
  deps: Pick<Deps, "db" | "clock" | "random" | "config">,
  caller: Caller,
  actor: Actor,
  user: NewUser,
): Promise<Created | undefined> {
  const now = databaseNow(deps.clock);
  const names = textArray([...user.roles].sort());
  // Somebody was quicker with the address, or with the external id: which it was is not told.
  const lost = user.externalId === null ? "email_taken" : "conflict";
  return runAs(
    deps,
    actor,
    sql`${lockOperators(actor, now)},
    ${lockRoles(names)},
    verdict as materialized (
      select case
        when not ${actor.permission} = any(h.permissions) then 'not_allowed'
        when exists (select unnest(${names}) except select name from given) then 'unknown_role'
        when not (${mayHandOut(names, sql`h.permissions`, sql`given`)}) then 'not_allowed'
        when exists (select 1 from auth.users where email_key = ${user.email.key}) then 'email_taken'
        when exists (select 1 from auth.users where external_id = ${user.externalId}::text) then 'conflict'
        end as refused
      from held h),
    added as (
      insert into auth.users (id, email, email_key, email_verified, name, external_id, metadata, app_metadata,
        created_at, updated_at)
      select ${user.id}::uuid, ${user.email.typed}, ${user.email.key}, ${user.emailVerified}::boolean, ${user.name},
        ${user.externalId}, ${JSON.stringify(user.metadata)}::jsonb, ${JSON.stringify(user.appMetadata)}::jsonb, t.now, t.now
      from verdict v, (select ${now} as now) t where v.refused is null
      on conflict do nothing returning *),
    granted as (
      insert into auth.user_roles (user_id, role) select a.id, g.name from added a, given g),
    ${enqueueMail(deps, {
      id: user.invitation.id,
      kind: "account_invitation",
      from: sql`(select * from added where ${user.invitation.wanted}::boolean) a`,
      email: sql`a.email`,
      emailKey: sql`a.email_key`,
      user: sql`a.id`,
      epoch: sql`a.security_epoch`,
    })},
    ${recordEvent(deps, caller, {
      action: "user.created",
      outcome: sql`case when a.id is null then 'denied' else 'success' end`,
      actor: sql`${actor.userId}::uuid`,
      subject: sql`a.id`,
      session: sql`${actor.sessionId}::uuid`,
      from: sql`verdict v left join added a on true`,
      text: user.roles.join(" "),
    })},
    result as (
      select coalesce(v.refused, case when not exists (select 1 from added) then ${lost} end) as refused,
        (select ${adminUserJson(sql`u`, now, names)} from added u) as "user"
      from verdict v)`,
  );
}
