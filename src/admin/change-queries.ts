import { type SQL, sql } from "drizzle-orm";
import { hasFactors } from "../access/fragments.ts";
import { decideOnUser, unlessLastAdmin, unlessOneself } from "../access/operator-queries.ts";
import { type Actor, runAs } from "../access/run-as.ts";
import { adminUserJson, eraseUser } from "../account/fragments.ts";
import { operatorEvent } from "../audit/fragments.ts";
import { databaseNow } from "../db/database.ts";
import type { OutboxId } from "../ids.ts";
import type { EmailAddress } from "../lib/email-address.ts";
import { notifyOfOperator } from "../outbox/fragments.ts";
import type { Caller, Deps } from "../ports.ts";
import { voidProofs } from "../proof/fragments.ts";
import type { Changed } from "./queries.ts";

/** What an operator may change of a user. A field left out stays; null clears the name. */
export type UserChange = {
  readonly name?: string | null | undefined;
  readonly email?: EmailAddress | undefined;
  readonly email_verified?: boolean | undefined;
  readonly metadata?: Record<string, unknown> | undefined;
  readonly app_metadata?: Record<string, unknown> | undefined;
};

/**
 * Changes a user. A new address counts as verified only when that is said; every open proof of the
 * user is void, and the old address is told. Not one's own: that has a route which has the new one verified.
 */
export function changeUser(
  deps: Pick<Deps, "db" | "clock" | "random" | "config">,
  caller: Caller,
  actor: Actor,
  { id, change, notice }: { id: string; change: UserChange; notice: OutboxId },
): Promise<Changed | undefined> {
  const now = databaseNow(deps.clock);
  const { email, email_verified: verified } = change;
  const replaced = (column: "metadata" | "app_metadata"): SQL =>
    change[column] ? sql`${JSON.stringify(change[column])}::jsonb` : sql`u.${sql.raw(column)}`;
  const guarded = email !== undefined || verified !== undefined;
  const key = email ? sql`${email.key}::text` : sql`t.email_key`;
  const isVerified =
    verified === undefined ? sql`(t.email_verified and ${key} = t.email_key)` : sql`${verified}::boolean`;
  return runAs(
    deps,
    actor,
    sql`${decideOnUser(actor, id, now, {
      further: guarded ? sql`${unlessOneself(actor)} ${unlessUnguarded(isVerified)}` : sql``,
    })},
    changed as (
      update auth.users u set
        name = ${change.name === undefined ? sql`u.name` : sql`${change.name}::text`},
        email = ${email ? sql`${email.typed}::text` : sql`u.email`}, email_key = ${key},
        email_verified = ${isVerified},
        metadata = ${replaced("metadata")}, app_metadata = ${replaced("app_metadata")}, updated_at = ${now}
      from verdict v, target t where u.id = v.id and t.id = v.id and v.refused is null returning u.*),
    moved as (
      select t.id, t.email, t.email_key from target t join changed c on c.id = t.id
      where c.email_key <> t.email_key),
    ${voidProofs(now, sql`moved m`, sql`o.user_id = m.id or o.email_key = m.email_key`)},
    ${notifyOfOperator(deps, { id: notice, kind: "email_changed", from: sql`moved u` })},
    ${operatorEvent(deps, caller, actor, "user.changed", Object.keys(change).sort().join(" "))},
    result as (
      select v.refused, (select ${adminUserJson(sql`u`, now)} from changed u) as "user" from verdict v)`,
  );
}

/**
 * A branch of the verdict: whoever reads the mail of an unverified address takes the account over, without its second
 * factors. Those an operator takes away by the route that says so, on record.
 */
function unlessUnguarded(isVerified: SQL): SQL {
  return sql`when t.email_verified and not ${isVerified} and ${hasFactors(sql`t`)} then 'conflict'`;
}

/** Deletes a user for good. Undefined when there is no such user. */
export function removeUser(
  deps: Pick<Deps, "db" | "clock" | "random">,
  caller: Caller,
  actor: Actor,
  id: string,
): Promise<{ refused: Changed["refused"] } | undefined> {
  const now = databaseNow(deps.clock);
  return runAs(
    deps,
    actor,
    sql`${decideOnUser(actor, id, now, {
      // A session that is opened at this very moment would be deleted unseen, and its tokens live on elsewhere.
      further: sql`${unlessLastAdmin} ${unlessOneself(actor)} when not t.unchanged then 'conflict'`,
    })},
    ${eraseUser(now)},
    ${operatorEvent(deps, caller, actor, "user.deleted")},
    result as (select refused from verdict)`,
  );
}
