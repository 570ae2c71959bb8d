import { type SQL, sql } from "drizzle-orm";
import { base64url } from "jose";
import { acr } from "../access/assurance.ts";
import { permissionsOf, rolesIn } from "../access/fragments.ts";
import type { Actor } from "../access/run-as.ts";
import { databaseNow, seconds, textArray } from "../db/database.ts";
import type { OutboxId, SessionId } from "../ids.ts";
import { describeDevice } from "../lib/device.ts";
import { macOf } from "../lib/mac.ts";
import { notifyUser } from "../outbox/fragments.ts";
import type { Caller, Deps } from "../ports.ts";
import { noteRevoked } from "../revocation/fragments.ts";
import { countToday, dayOf } from "../stats/fragments.ts";

/** @public */
export type NewSession = {
  readonly id: SessionId;
  /** How the user proved who they are (RFC 8176). */
  readonly amr: readonly string[];
  readonly acr: string;
  /** What an `acr` of two hangs on, where it hangs on one thing. */
  readonly factorId?: string | undefined;
};

/**
 * A CTE `new_session`: one session for the one user row `u` of `from`, bound to `epoch`, the
 * security epoch that the proof was read under.
 * @public
 */
export function insertSession(
  deps: Pick<Deps, "clock" | "config">,
  caller: Caller,
  session: NewSession,
  from: SQL,
  epoch: SQL,
): SQL {
  return sql`new_session as (
    insert into auth.sessions (id, user_id, client_id, epoch, rotated_at, created_at, last_used_at,
      expires_at, amr, acr, factor_id, auth_time, ip, network, user_agent, place)
    select ${session.id}::uuid, u.id, ${caller.clientId ?? deps.config.clientId}, ${epoch}, t.now, t.now, t.now,
      t.now + ${seconds(deps.config.refreshToken.idleSeconds)}, ${textArray(session.amr)}, ${session.acr}, ${session.factorId ?? null}::uuid, t.now,
      ${caller.ip}, ${caller.network}, ${caller.userAgent}, ${place(caller)}::jsonb
    from ${from}, (select ${databaseNow(deps.clock)} as now) t
    returning *)`;
}

/**
 * A CTE that counts the user row `u` of `from` as active today, unless a session of theirs was used or they
 * signed in today already. `lastSignIn` is from before this sign-in and from under the lock on the user, so that of
 * many sign-ins at once one counts.
 * @public
 */
export function countFirstSignIn(now: SQL, from: SQL, lastSignIn: SQL): SQL {
  return countToday(
    now,
    "active_users",
    sql`${from} where coalesce(${dayOf(lastSignIn)} < ${dayOf(now)}, true)
      and not ${usedToday(now, sql`u.id`)}`,
  );
}

/**
 * Whether a session of a user, other than the one named, was used today.
 * @public
 */
export function usedToday(now: SQL, userId: SQL, otherThan: SQL = sql`null::uuid`): SQL {
  return sql`exists (select 1 from auth.sessions other where other.user_id = ${userId}
    and other.id is distinct from ${otherThan} and ${dayOf(sql`other.last_used_at`)} = ${dayOf(now)})`;
}

function place(caller: Caller): string | null {
  return caller.place && JSON.stringify(caller.place);
}

/**
 * What tokens are made from, as JSON, of the session row `s`.
 * @public
 */
export function grantJson(
  deps: Pick<Deps, "config">,
  s: SQL,
  roles: SQL = rolesIn(sql`${s}.acr`, sql`${s}.user_id`),
  permissions: SQL = permissionsOf(sql`${s}.user_id`, sql`${s}.acr`),
): SQL {
  return sql`json_build_object(
    'userId', ${s}.user_id, 'sessionId', ${s}.id, 'clientId', ${s}.client_id,
    'generation', ${s}.generation, 'amr', to_json(${s}.amr), 'acr', ${s}.acr,
    'rotatedAt', ${unix(sql`${s}.rotated_at`)}, 'expiresAt', ${unix(sql`${s}.expires_at`)},
    'authTime', ${unix(sql`${s}.auth_time`)},
    'roles', to_json(${roles}), 'permissions', to_json(${permissions}),
    'claims', ${claimsOf(deps, sql`${s}.user_id`)})`;
}

/** The chosen keys of a user's `app_metadata`. */
function claimsOf(deps: Pick<Deps, "config">, userId: SQL): SQL {
  const { metadataClaims } = deps.config.accessToken;
  if (metadataClaims.length === 0) return sql`'{}'::jsonb`;
  return sql`(select coalesce(jsonb_object_agg(m.key, m.value), '{}')
    from auth.users u, jsonb_each(u.app_metadata) m where u.id = ${userId}
      and m.key = any((${textArray(metadataClaims)})::text[]))`;
}

function unix(instant: SQL): SQL {
  return sql`floor(extract(epoch from ${instant}))::bigint`;
}

/**
 * A CTE `ended` that ends the live sessions which `where`, over row `s`, selects, all but the one
 * that is `spared`. All are locked first, the spared one too, in id order.
 * @public
 */
export function endSessions(now: SQL, reason: string, from: SQL, where: SQL, spared?: SessionId): SQL {
  return sql`doomed as materialized (
      select s.id from auth.sessions s, ${from}
      where s.ended_at is null and ${where} order by s.id for update of s),
    ended as (
      update auth.sessions s set ended_at = ${now}, ended_reason = ${reason}
      from doomed where s.id = doomed.id and s.ended_at is null and s.id is distinct from ${spared ?? null}::uuid
      returning s.id, s.user_id)`;
}

/**
 * Under which id the actor's session goes on once it is worth more. A page's gets a new one, so that whoever planted or
 * saw the cookie from before has nothing (session fixation).
 * @public
 */
export function idAfterStep({ sessionId, nextSessionId }: Actor): SQL {
  return sql`${nextSessionId ?? sessionId}::uuid`;
}

/**
 * A CTE that makes the actor's session one of two factors for the user row `c` of `from`, by a second factor that was just shown in
 * it; one that is so already stays what it was by the first. It was authenticated lately, or nothing would let the caller do this.
 * @public
 */
export function raiseSession(
  actor: Actor,
  { factorId, amr }: { factorId: string; amr: readonly string[] },
  from: SQL,
): SQL {
  return sql`raised as (
    update auth.sessions s set id = ${idAfterStep(actor)}, acr = ${acr.two},
      factor_id = case when s.acr = ${acr.two} then s.factor_id else ${factorId}::uuid end,
      amr = ${together(sql`s.amr`, [...amr, "mfa"])}
    from ${from} where s.id = ${actor.sessionId}::uuid and s.user_id = c.id)`;
}

/**
 * Names of methods together, each once.
 * @public
 */
export function together(amr: SQL, more: readonly string[]): SQL {
  return sql`(select array_agg(distinct m order by m) from unnest(${amr} || ${textArray(more)}) m)`;
}

/**
 * A CTE that takes the second factor back from the live sessions which `where`, over row `s`, selects: their next tokens
 * say that they are of one.
 * @public
 */
export function lowerSessions(from: SQL, where: SQL): SQL {
  return sql`to_lower as materialized (
      select s.id from auth.sessions s, ${from}
      where s.ended_at is null and s.acr = ${acr.two} and ${where} order by s.id for update of s),
    lowered as (
      update auth.sessions s set acr = ${acr.one}, factor_id = null, amr = array_remove(s.amr, 'mfa')
      from to_lower l where s.id = l.id)`;
}

/**
 * CTEs that delete the sessions which `where`, over row `s`, selects, and the devices of their users:
 * what whoever held the account before its owner must leave no trace that counts.
 * @public
 */
export function forgetSessions(now: SQL, from: SQL, where: SQL): SQL {
  return sql`forgotten as materialized (
      select s.id, s.user_id, s.ended_at from auth.sessions s, ${from} where ${where} order by s.id for update of s),
    ${noteRevoked(now, sql`forgotten e`)},
    deleted_sessions as (delete from auth.sessions s using forgotten f where s.id = f.id),
    deleted_devices as (
      delete from auth.devices d where d.user_id in (select user_id from forgotten))`;
}

/** How long a device is remembered without being seen. */
const rememberedSeconds = 90 * 86_400;
const daySeconds = 86_400;

/**
 * A CTE `device(user_id, unfamiliar)` that notes what the user row `u` of `from` signs in from. It has a
 * row only when that was not seen today already.
 * @public
 */
export function rememberDevice(deps: Pick<Deps, "clock" | "keys">, caller: Caller, from: SQL): SQL {
  const { device, browser, os } = describeDevice(caller.userAgent);
  const family = [device, browser, os].map((part) => part ?? "");
  const [fingerprint = "", ...others] = deps.keys.device.map(({ key }) =>
    base64url.encode(macOf(key, [...family, caller.network])),
  );
  const now = databaseNow(deps.clock);
  // While a key is being replaced, some processes know the device by the one and some by the other.
  return sql`device as (
      insert into auth.devices as d (user_id, fingerprint, seen_at, unfamiliar)
      select u.id, ${fingerprint}, ${now}, not exists (
        select 1 from auth.devices k where k.user_id = u.id and k.fingerprint = any((${textArray(others)})::text[])
          and k.seen_at >= ${now} - ${seconds(rememberedSeconds)})
      from ${from}
      on conflict (user_id, fingerprint) do update set
        unfamiliar = excluded.unfamiliar and d.seen_at < ${now} - ${seconds(rememberedSeconds)},
        seen_at = excluded.seen_at
      where d.seen_at < ${now} - ${seconds(daySeconds)}
      returning d.user_id, d.unfamiliar)`;
}

/**
 * CTEs that note what the user row `u` of `from` signs in from and, when that has not been seen for 90
 * days, write the mail `noticeId` about the session just made. The first device of an account is no news.
 * @public
 */
export function noticeNewDevice(
  deps: Pick<Deps, "clock" | "config" | "keys">,
  caller: Caller,
  notice: { id: OutboxId; session: SessionId },
  from: SQL,
): SQL {
  return sql`${rememberDevice(deps, caller, from)},
    ${notifyUser(deps, caller, {
      id: notice.id,
      kind: "new_device",
      from: sql`(select u.id, u.email, u.email_key from device d join auth.users u on u.id = d.user_id
        where d.unfamiliar and exists (select 1 from auth.devices k where k.user_id = d.user_id)) u`,
      session: sql`${notice.session}::uuid`,
    })}`;
}
