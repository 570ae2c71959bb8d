import { type SQL, sql } from "drizzle-orm";
import { permissionsOf, rolesOf } from "../access/fragments.ts";
import { databaseNow, seconds, textArray } from "../db/database.ts";
import type { SessionId } from "../ids.ts";
import type { Caller, Deps } from "../ports.ts";

/** @public */
export type NewSession = {
  readonly id: SessionId;
  /** How the user proved who they are (RFC 8176). */
  readonly amr: readonly string[];
  readonly acr: string;
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
      expires_at, amr, acr, auth_time, ip, network, user_agent, place)
    select ${session.id}::uuid, u.id, ${deps.config.clientId}, ${epoch}, t.now, t.now, t.now,
      t.now + ${seconds(deps.config.refreshToken.idleSeconds)}, ${textArray(session.amr)}, ${session.acr}, t.now,
      ${caller.ip}, ${caller.network}, ${caller.userAgent}, ${place(caller)}::jsonb
    from ${from}, (select ${databaseNow(deps.clock)} as now) t
    returning *)`;
}

function place(caller: Caller): string | null {
  return caller.place && JSON.stringify(caller.place);
}

/**
 * What tokens are made from, as JSON, of the session row `s`.
 * @public
 */
export function grantJson(
  s: SQL,
  roles: SQL = rolesOf(sql`${s}.user_id`),
  permissions: SQL = permissionsOf(sql`${s}.user_id`),
): SQL {
  return sql`json_build_object(
    'userId', ${s}.user_id, 'sessionId', ${s}.id, 'clientId', ${s}.client_id,
    'generation', ${s}.generation, 'amr', to_json(${s}.amr), 'acr', ${s}.acr,
    'rotatedAt', ${unix(sql`${s}.rotated_at`)}, 'expiresAt', ${unix(sql`${s}.expires_at`)},
    'authTime', ${unix(sql`${s}.auth_time`)},
    'roles', to_json(${roles}), 'permissions', to_json(${permissions}))`;
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
