import { type SQL, sql } from "drizzle-orm";
import { hasFactors } from "../access/fragments.ts";
import type { Actor } from "../access/run-as.ts";
import { recordEvent } from "../audit/fragments.ts";
import { seconds } from "../db/database.ts";
import type { FactorId, OutboxId } from "../ids.ts";
import { notifyUser } from "../outbox/fragments.ts";
import type { Caller, Deps } from "../ports.ts";

/**
 * The columns of a user who has no second factor any more, for the `set` of the statement that takes them all.
 * @public
 */
export const withoutFactors = sql`has_totp = false, passkeys = 0`;

/**
 * CTEs that delete all that the user rows `c(id)` of `from` could sign in with beside password and mail: authenticator
 * app, passkeys, recovery codes and trusted devices.
 * @public
 */
export function forgetFactors(from: SQL): SQL {
  return sql`deleted_totp as (delete from auth.totp_factors f using ${from} where f.user_id = c.id),
    deleted_passkeys as (delete from auth.passkeys f using ${from} where f.user_id = c.id),
    ${forgetCompanions(from)}`;
}

/**
 * CTEs that delete what goes with the last second factor of the user rows `c(id)` of `from`: there is nothing left that
 * it could stand in for.
 * @public
 */
export function forgetCompanions(from: SQL): SQL {
  return sql`deleted_codes as (delete from auth.recovery_codes f using ${from} where f.user_id = c.id),
    deleted_trust as (delete from auth.trusted_devices f using ${from} where f.user_id = c.id)`;
}

/**
 * The confirmed authenticator app of a user as JSON of `StoredTotp`, or null.
 * @public
 */
export function totpJson(userId: SQL): SQL {
  return sql`(select json_build_object('id', app.id, 'secret', app.secret, 'keyId', app.key_id, 'lastStep', app.last_step)
    from auth.totp_factors app where app.user_id = ${userId} and app.confirmed_at is not null)`;
}

/**
 * What somebody shows as a second factor, found right as far as it can be without the database's say.
 * @public
 */
export type ShownFactor =
  | { readonly method: "totp"; readonly id: FactorId; readonly step: number }
  | { readonly method: "recovery_code"; readonly hash: string };

/**
 * A CTE `claimed(user_id)` that takes the time step or the recovery code for the locked user of the CTE `owner`: of any
 * number of uses at once, one has it.
 * @public
 */
export function claimFactor(now: SQL, shown: ShownFactor): SQL {
  if (shown.method === "totp") {
    return sql`claimed as (
      update auth.totp_factors f set last_step = ${shown.step}::bigint from owner w
      where f.user_id = w.id and f.id = ${shown.id}::uuid and f.confirmed_at is not null
        and f.last_step < ${shown.step}::bigint
      returning f.user_id)`;
  }
  return sql`claimed as (
    update auth.recovery_codes c set used_at = ${now} from owner w
    where c.user_id = w.id and c.hash = ${shown.hash} and c.used_at is null and ${hasFactors(sql`w`)}
    returning c.user_id)`;
}

/**
 * Whether `hash` is of a recovery code of the user that is not used yet; null is of none.
 * @public
 */
export function isOpenCode(userId: SQL, hash: string | null): SQL {
  return sql`exists (select 1 from auth.recovery_codes code
    where code.user_id = ${userId} and code.hash = ${hash}::text and code.used_at is null)`;
}

/**
 * How many recovery codes of a user are left when the one of `hash` is used.
 * @public
 */
export function codesLeft(userId: SQL, hash: string): SQL {
  return sql`(select count(*)::int from auth.recovery_codes code
    where code.user_id = ${userId} and code.used_at is null and code.hash <> ${hash})`;
}

/**
 * CTEs that give the user rows `c(id)` of `from` new recovery codes for whatever they had.
 * @public
 */
export function replaceCodes(now: SQL, hashes: readonly string[], from: SQL): SQL {
  return sql`old_codes as (delete from auth.recovery_codes r using ${from} where r.user_id = c.id),
    new_codes as (
      insert into auth.recovery_codes (user_id, hash, created_at)
      select c.id, h, ${now} from ${from}, jsonb_array_elements_text(${JSON.stringify(hashes)}::jsonb) h
      returning user_id)`;
}

/**
 * A CTE `trusting` that trusts a device for the user row `u` of `from`, under the user's epoch.
 * @public
 */
export function trustDevice(
  now: SQL,
  { ip, userAgent }: Caller,
  { id, expiresAt }: { id: string; expiresAt: number },
  from: SQL,
): SQL {
  return sql`trusting as (
    insert into auth.trusted_devices (id, user_id, epoch, created_at, last_used_at, expires_at, ip, user_agent)
    select ${id}::uuid, u.id, u.security_epoch, t.now, t.now, to_timestamp(${expiresAt}::bigint), ${ip}, ${userAgent}
    from ${from}, (select ${now} as now) t)`;
}

/**
 * A CTE `trusted(id)`: the device, if it is one that the user row `b` of `from` still trusts, and no longer than is
 * allowed now.
 * @public
 */
export function useTrust(now: SQL, id: string | null, lifeSeconds: number, from: SQL): SQL {
  return sql`trusted as (
    update auth.trusted_devices d set last_used_at = ${now} from ${from}
    where d.id = ${id}::uuid and d.user_id = b.id and d.epoch = b.security_epoch and d.expires_at > ${now}
      and d.created_at > ${now} - ${seconds(lifeSeconds)}
    returning d.id)`;
}

/**
 * CTEs that record what the caller changed about their factors, and tell them by the mail `queued`, for the user row
 * `changed`.
 * @public
 */
export function tellOfChange(
  deps: Pick<Deps, "clock" | "random" | "config">,
  caller: Caller,
  actor: Actor,
  action: string,
  notice: OutboxId,
): SQL {
  return sql`${notifyUser(deps, caller, { id: notice, kind: "factor_changed", from: sql`changed u` })},
    ${recordEvent(deps, caller, {
      action,
      actor: sql`c.id`,
      subject: sql`c.id`,
      session: sql`${actor.sessionId}::uuid`,
      from: sql`changed c`,
    })}`;
}
