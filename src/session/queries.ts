import { sql } from "drizzle-orm";
import { isSuspended, nextEpoch } from "../access/fragments.ts";
import { type Actor, runAs } from "../access/run-as.ts";
import { recordEvent } from "../audit/fragments.ts";
import { databaseNow, queryJson, seconds, wireTime } from "../db/database.ts";
import type { OutboxId, SessionId } from "../ids.ts";
import { notifyUser } from "../outbox/fragments.ts";
import type { Caller, Deps } from "../ports.ts";
import { countToday, dayOf } from "../stats/fragments.ts";
import type { Grant } from "../token/grant.ts";
import type { RefreshClaims } from "../token/refresh-token.ts";
import { endSessions, grantJson, usedToday } from "./fragments.ts";

/** `superseded`: the previous token, after the grace. `reused`: one older. `ahead`: newer than the row. */
type RefreshOutcome = "rotated" | "repeated" | "superseded" | "reused" | "ahead";

/**
 * Decides and carries out a refresh in one UPDATE of the session row. The outcome is computed once,
 * from the row as it is under lock, and kept in the row so that it can be returned. After a wait the
 * session is re-read and the user is not: a session that a password change took along into the next
 * epoch is ahead of the user row we see, never a dead one.
 * @returns undefined when the session is not live: ended, expired, of another epoch or client, or
 * of a suspended user.
 */
export function rotateSession(
  deps: Pick<Deps, "db" | "clock" | "random" | "config">,
  caller: Caller,
  claims: RefreshClaims,
  notice: OutboxId,
): Promise<{ outcome: RefreshOutcome; grant: Grant } | undefined> {
  const { graceSeconds, idleSeconds, maxSeconds } = deps.config.refreshToken;
  const now = databaseNow(deps.clock);
  const gen = sql`${claims.generation}::int`;
  return queryJson(
    deps.db,
    sql`with presented as (
      update auth.sessions s set (generation, rotated_at, grace_uses, last_used_at, expires_at,
          ended_at, ended_reason, refresh_outcome, first_of_day) = (
        select s.generation + (o.outcome = 'rotated')::int,
          case o.outcome when 'rotated' then o.now else s.rotated_at end,
          s.grace_uses + (o.outcome = 'repeated')::int,
          case when o.outcome in ('rotated', 'repeated') then o.now else s.last_used_at end,
          case o.outcome when 'rotated' then
            least(o.now + ${seconds(idleSeconds)}, s.created_at + ${seconds(maxSeconds)})
            else s.expires_at end,
          case when o.outcome in ('superseded', 'reused') then o.now end,
          case when o.outcome in ('superseded', 'reused') then o.outcome end,
          o.outcome,
          o.outcome in ('rotated', 'repeated') and ${dayOf(sql`s.last_used_at`)} < ${dayOf(sql`o.now`)}
        from (select t.now, case
            when s.generation = ${gen} then 'rotated'
            when s.generation < ${gen} then 'ahead'
            when s.generation > ${gen} + 1 then 'reused'
            when t.now <= s.rotated_at + ${seconds(graceSeconds)} then 'repeated'
            else 'superseded' end as outcome
          from (select ${now} as now) t) o)
      from auth.users u
      where s.id = ${claims.sessionId}::uuid and u.id = ${claims.userId}::uuid and u.id = s.user_id
        and s.client_id = ${deps.config.clientId} and s.epoch >= u.security_epoch
        and s.ended_at is null and s.expires_at > ${now} and not ${isSuspended(sql`u`, now)}
      returning s.*),
    ${notifyUser(deps, caller, {
      id: notice,
      kind: "session_reuse",
      from: sql`(select u.id, u.email, u.email_key, p.id as session_id from presented p
        join auth.users u on u.id = p.user_id where p.refresh_outcome in ('superseded', 'reused')) u`,
      session: sql`u.session_id`,
    })},
    ${recordEvent(deps, caller, {
      action: sql`'session.refresh_' || p.refresh_outcome`,
      outcome: sql`case p.refresh_outcome when 'repeated' then 'success' else 'denied' end`,
      subject: sql`p.user_id`,
      session: sql`p.id`,
      from: sql`presented p where p.refresh_outcome <> 'rotated'`,
    })},
    ${countToday(
      now,
      "active_users",
      sql`presented p where p.first_of_day and not ${usedToday(now, sql`p.user_id`, sql`p.id`)}`,
    )}
    select json_build_object('outcome', p.refresh_outcome, 'grant', ${grantJson(deps, sql`p`)}) as result
    from presented p`,
  );
}

/** Ends one session of a user, whatever its generation, and records it. */
export async function endOneSession(
  deps: Pick<Deps, "db" | "clock" | "random">,
  caller: Caller,
  session: { userId: string; sessionId: SessionId },
): Promise<void> {
  const now = databaseNow(deps.clock);
  await queryJson(
    deps.db,
    sql`with ${endSessions(
      now,
      "logout",
      sql`(select 1) one`,
      sql`s.id = ${session.sessionId}::uuid and s.user_id = ${session.userId}::uuid`,
    )},
    ${recordEvent(deps, caller, {
      action: "session.ended",
      actor: sql`e.user_id`,
      subject: sql`e.user_id`,
      session: sql`e.id`,
      from: sql`ended e`,
    })}
    select to_json(count(*)) as result from ended`,
  );
}

/** A session as the wire shows it, before its user agent is read. */
export type SessionRow = {
  id: string;
  current: boolean;
  created_at: string;
  last_used_at: string;
  expires_at: string;
  ip: string;
  user_agent: string | null;
  place: { city: string | null; country: string | null } | null;
  client_id: string;
  amr: string[];
};

/** Up to `limit` + 1 live sessions of a user, newest first. Undefined when there is no such user. */
export function listLiveSessions(
  deps: Pick<Deps, "db" | "clock">,
  actor: Actor,
  page: { userId: string; limit: number; before: string | undefined },
): Promise<{ sessions: SessionRow[]; total: number } | undefined> {
  const now = databaseNow(deps.clock);
  return runAs(
    deps,
    actor,
    sql`live as (
      select s.* from allowed a, auth.sessions s join auth.users u on u.id = s.user_id
      where s.user_id = ${page.userId}::uuid and s.ended_at is null and s.expires_at > ${now}
        and s.epoch = u.security_epoch),
    page as (
      select * from live
      where ${page.before ?? null}::uuid is null or id < ${page.before ?? null}::uuid
      order by id desc limit ${page.limit + 1}::int),
    result as (
      select coalesce((select json_agg(json_build_object(
        'id', s.id, 'current', s.id = ${actor.sessionId}::uuid,
        'created_at', ${wireTime(sql`s.created_at`)}, 'last_used_at', ${wireTime(sql`s.last_used_at`)},
        'expires_at', ${wireTime(sql`s.expires_at`)}, 'ip', s.ip, 'user_agent', s.user_agent,
        'place', s.place, 'client_id', s.client_id, 'amr', to_json(s.amr)) order by s.id desc)
        from page s), '[]') as sessions, (select count(*)::int from live) as total
      from allowed a join auth.users u on u.id = ${page.userId}::uuid)`,
  );
}

/** Ends one, or all but the current, of the actor's own sessions. The owner is checked in the SQL. */
export async function endOwnSessions(
  deps: Pick<Deps, "db" | "clock" | "random">,
  caller: Caller,
  actor: Actor,
  which: { only: string } | "others",
): Promise<{ ended: number }> {
  const selected = which === "others" ? sql`true` : sql`s.id = ${which.only}::uuid`;
  const spared = which === "others" ? actor.sessionId : undefined;
  const now = databaseNow(deps.clock);
  const result = await runAs<{ ended: number }>(
    deps,
    actor,
    sql`${endSessions(now, "ended_by_user", sql`allowed a`, sql`s.user_id = a.user_id and ${selected}`, spared)},
    ${recordEvent(deps, caller, {
      action: which === "others" ? "session.others_ended" : "session.ended",
      actor: sql`a.user_id`,
      subject: sql`a.user_id`,
      session: which === "others" ? sql`a.session_id` : sql`${which.only}::uuid`,
      from: sql`allowed a where exists (select 1 from ended)`,
    })},
    result as (select count(*)::int as ended from ended)`,
  );
  return result ?? { ended: 0 };
}

/** Raises the actor's epoch, which every session and proof in progress is bound to, and ends the rows. */
export async function raiseEpoch(
  deps: Pick<Deps, "db" | "clock" | "random">,
  caller: Caller,
  actor: Actor,
): Promise<void> {
  const now = databaseNow(deps.clock);
  await runAs(
    deps,
    actor,
    sql`changed as (
      update auth.users u set ${nextEpoch(now)} from allowed a
      where u.id = a.user_id returning u.id),
    ${endSessions(now, "logout_all", sql`changed c`, sql`s.user_id = c.id`)},
    ${recordEvent(deps, caller, {
      action: "session.all_ended",
      actor: sql`c.id`,
      subject: sql`c.id`,
      session: sql`${actor.sessionId}::uuid`,
      from: sql`changed c`,
    })},
    result as (select id from changed)`,
  );
}
