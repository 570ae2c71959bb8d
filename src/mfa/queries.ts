import { sql } from "drizzle-orm";
import { hasFactors, lockOneself } from "../access/fragments.ts";
import { type Actor, runAs } from "../access/run-as.ts";
import { lowerKeys } from "../api-key/fragments.ts";
import { databaseNow, wireTime } from "../db/database.ts";
import type { FactorId, OutboxId } from "../ids.ts";
import type { Caller, Deps } from "../ports.ts";
import { lowerSessions, raiseSession } from "../session/fragments.ts";
import { type Attempt, type Counter, releaseAttempt, reserveAttempt } from "../throttle/fragments.ts";
import { forgetCompanions, replaceCodes, tellOfChange } from "./fragments.ts";
import type { StoredTotp } from "./totp.ts";

type Needs = Pick<Deps, "db" | "clock" | "random" | "config">;

/** What a user has beside the password, as the wire shows it. */
export type FactorsView = {
  enabled: boolean;
  totp: { created_at: string; confirmed_at: string } | null;
  passkeys: number;
  recovery_codes_left: number;
  trusted_devices: number;
};

export function readFactors(
  deps: Pick<Deps, "db" | "clock">,
  actor: Actor,
): Promise<FactorsView | undefined> {
  const now = databaseNow(deps.clock);
  return runAs(
    deps,
    actor,
    sql`result as (
      select ${hasFactors(sql`u`)} as enabled, u.passkeys,
        (select json_build_object('created_at', ${wireTime(sql`f.created_at`)}, 'confirmed_at', ${wireTime(sql`f.confirmed_at`)})
          from auth.totp_factors f where f.user_id = u.id and f.confirmed_at is not null) as totp,
        (select count(*)::int from auth.recovery_codes c where c.user_id = u.id and c.used_at is null) as recovery_codes_left,
        (select count(*)::int from auth.trusted_devices d
          where d.user_id = u.id and d.epoch = u.security_epoch and d.expires_at > ${now}) as trusted_devices
      from allowed a join auth.users u on u.id = a.user_id)`,
  );
}

/** Keeps a secret that waits to be confirmed, for the one before. One that is confirmed stays. */
export function insertTotp(
  deps: Pick<Deps, "db" | "clock">,
  actor: Actor,
  factor: { id: FactorId; sealed: string; keyId: string },
): Promise<{ email: string; enrolled: boolean } | undefined> {
  return runAs(
    deps,
    actor,
    sql`enrolled as (
      insert into auth.totp_factors as f (user_id, id, secret, key_id, created_at)
      select a.user_id, ${factor.id}::uuid, ${factor.sealed}, ${factor.keyId}, ${databaseNow(deps.clock)} from allowed a
      on conflict (user_id) do update set id = excluded.id, secret = excluded.secret, key_id = excluded.key_id,
        created_at = excluded.created_at
      where f.confirmed_at is null returning f.id),
    result as (
      select u.email, exists (select 1 from enrolled) as enrolled from allowed a join auth.users u on u.id = a.user_id)`,
  );
}

/** Counts a try at the secret that waits to be confirmed, and reads it. `time` is the database's, in Unix seconds. */
export function reserveConfirmation(
  deps: Pick<Deps, "db" | "clock">,
  actor: Actor,
  counters: readonly Counter[],
): Promise<(Attempt & { totp: StoredTotp | null; time: number; epoch: number }) | undefined> {
  const now = databaseNow(deps.clock);
  return runAs(
    deps,
    actor,
    sql`${reserveAttempt(now, counters, sql`exists (select 1 from allowed)`)},
    result as (
      select t.allowed, t.retry_after as "retryAfter", t.counted, a.epoch, extract(epoch from ${now})::float8 as time,
        (select json_build_object('id', f.id, 'secret', f.secret, 'keyId', f.key_id, 'lastStep', f.last_step)
          from auth.totp_factors f where f.user_id = a.user_id and f.confirmed_at is null) as totp
      from attempt t, allowed a)`,
  );
}

/**
 * Makes a secret count, once, with new recovery codes; the caller's session is one of two factors then.
 * @returns undefined when it is not waiting any more, or the account changed meanwhile.
 */
export function confirmTotp(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  shown: {
    id: FactorId;
    step: number;
    epoch: number;
    hashes: readonly string[];
    throttleKey: string;
    notice: OutboxId;
  },
): Promise<{ id: string } | undefined> {
  const now = databaseNow(deps.clock);
  return runAs(
    deps,
    actor,
    sql`${lockOneself(sql`${shown.epoch}::int`, now)},
    confirmed as (
      update auth.totp_factors f set confirmed_at = ${now}, last_step = ${shown.step}::bigint from owner w
      where f.user_id = w.id and f.id = ${shown.id}::uuid and f.confirmed_at is null returning f.user_id),
    changed as (
      update auth.users u set has_totp = true, updated_at = ${now} from confirmed f where u.id = f.user_id returning u.*),
    ${raiseSession(actor, { factorId: shown.id, amr: ["otp"] }, sql`changed c`)},
    ${replaceCodes(now, shown.hashes, sql`changed c`)},
    ${releaseAttempt([shown.throttleKey], sql`exists (select 1 from changed)`)},
    ${tellOfChange(deps, caller, actor, "mfa.totp_enrolled", shown.notice)},
    result as (select c.id from changed c)`,
  );
}

/**
 * Takes the authenticator app away, and what hangs on it. One that was not confirmed just goes. Refused when the account
 * changed meanwhile. Undefined: there is none.
 */
export function removeTotp(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  notice: OutboxId,
): Promise<{ confirmed: boolean; refused: "conflict" | null } | undefined> {
  const now = databaseNow(deps.clock);
  return runAs(
    deps,
    actor,
    sql`${lockOneself(sql`a.epoch`, now, "unchanged")},
    verdict as (
      select f.id, f.confirmed_at is not null as confirmed,
        case when not exists (select 1 from owner) then 'conflict' end as refused
      from allowed a join auth.totp_factors f on f.user_id = a.user_id),
    removed as (
      delete from auth.totp_factors f using verdict v where f.id = v.id and v.refused is null
      returning f.id, f.user_id, v.confirmed),
    changed as (
      update auth.users u set has_totp = false, updated_at = ${now} from removed r
      where u.id = r.user_id and r.confirmed returning u.*),
    ${lowerSessions(
      sql`changed c, removed r`,
      sql`s.user_id = c.id and (s.factor_id = r.id or not ${hasFactors(sql`c`)})`,
    )},
    ${lowerKeys(sql`changed c, removed r`, sql`k.user_id = c.id and (k.factor_id = r.id or not ${hasFactors(sql`c`)})`)},
    ${forgetCompanions(sql`(select * from changed u where not ${hasFactors(sql`u`)}) c`)},
    ${tellOfChange(deps, caller, actor, "mfa.totp_removed", notice)},
    result as (select v.confirmed, v.refused from verdict v)`,
  );
}

/**
 * New recovery codes for the old. Undefined: there is no factor that they could stand in for, or the account changed
 * meanwhile.
 */
export function replaceRecoveryCodes(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  { hashes, notice }: { hashes: readonly string[]; notice: OutboxId },
): Promise<{ id: string } | undefined> {
  const now = databaseNow(deps.clock);
  return runAs(
    deps,
    actor,
    sql`${lockOneself(sql`a.epoch`, now, "unchanged")},
    changed as (
      update auth.users u set updated_at = ${now} from owner w
      where u.id = w.id and ${hasFactors(sql`w`)} returning u.*),
    ${replaceCodes(now, hashes, sql`changed c`)},
    ${tellOfChange(deps, caller, actor, "mfa.recovery_codes_replaced", notice)},
    result as (select c.id from changed c)`,
  );
}
