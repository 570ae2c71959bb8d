import { type SQL, sql } from "drizzle-orm";
import { lockOneself, permissionsOf } from "../access/fragments.ts";
import { isLiveKey } from "../access/principal-queries.ts";
import { type Actor, runAs } from "../access/run-as.ts";
import { recordEvent } from "../audit/fragments.ts";
import { databaseNow, seconds, textArray, wireTime } from "../db/database.ts";
import type { CredentialId, OutboxId } from "../ids.ts";
import { notifyUser } from "../outbox/fragments.ts";
import type { Caller, Deps } from "../ports.ts";
import type { ApiKey } from "./api-key.ts";

type Needs = Pick<Deps, "db" | "clock" | "random" | "config">;

/** More than anyone needs, and a bound on what one account may fill. */
const mostKeys = 50;
const mostADay = 100;

/** The columns of `ApiKey`, of the row `k`. */
const wireColumns = sql`k.id, k.name, k.prefix, k.scopes, ${wireTime(sql`k.created_at`)} as created_at,
  ${wireTime(sql`k.last_used_at`)} as last_used_at, ${wireTime(sql`k.expires_at`)} as expires_at`;

/** Up to `limit` + 1 of the caller's keys that can be used, newest first. */
export async function listLiveKeys(
  deps: Pick<Deps, "db" | "clock">,
  actor: Actor,
  page: { limit: number; before: string | undefined },
): Promise<ApiKey[]> {
  const before = sql`${page.before ?? null}::uuid`;
  const found = await runAs<{ keys: ApiKey[] }>(
    deps,
    actor,
    sql`page as (
      select ${wireColumns} from allowed a join auth.users u on u.id = a.user_id join auth.api_keys k on k.user_id = u.id
      where ${isLiveKey(sql`k`, sql`u`, databaseNow(deps.clock))} and (${before} is null or k.id < ${before})
      order by k.id desc limit ${page.limit + 1}::int),
    result as (select coalesce(json_agg(to_json(page) order by page.id desc), '[]') as keys from page)`,
  );
  return found?.keys ?? [];
}

export type NewKey = {
  readonly id: CredentialId;
  readonly prefix: string;
  readonly hash: string;
  readonly notice: OutboxId;
};

export type Made = { key: ApiKey | null; refused: "not_allowed" | "conflict" | null };

/**
 * Makes a key of permissions that the caller holds in this session, under their epoch, and tells them. It dates the
 * account, so that whoever takes the account over at that moment does not miss the key.
 */
export function insertKey(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  key: NewKey & { name: string; scopes: readonly string[]; expiresAt: string | null },
): Promise<Made | undefined> {
  const scopes = sql`(${textArray(key.scopes)})::text[]`;
  return runAs(
    deps,
    actor,
    sql`${decideOnKeys(
      deps,
      sql`when not ${scopes} <@ ${permissionsOf(sql`w.id`, sql`a.acr`)}::text[] then 'not_allowed'
      when ${key.expiresAt}::timestamptz <= ${databaseNow(deps.clock)} then 'conflict'`,
    )},
    ${makeKey(deps, caller, actor, key, {
      action: "api_key.created",
      from: sql`(select ${key.name}::text as name, ${scopes} as scopes, ${key.expiresAt}::timestamptz as expires_at) t`,
    })}`,
  );
}

/**
 * Makes a key like one of the caller's, which is good for `overlap` seconds more, and of no more factors than the caller
 * has shown in this session. Undefined: it is none of theirs that can be used.
 */
export function replaceKey(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  { old, overlap, ...key }: NewKey & { old: string; overlap: number },
): Promise<Made | undefined> {
  const now = databaseNow(deps.clock);
  return runAs(
    deps,
    actor,
    sql`${decideOnKeys(deps, sql``)},
    template as materialized (
      select k.* from owner w join auth.api_keys k on k.user_id = w.id
      where k.id = ${old}::uuid and ${isLiveKey(sql`k`, sql`w`, now)} for update of k),
    fading as (
      update auth.api_keys k set expires_at = least(k.expires_at, ${now} + ${seconds(overlap)}),
        revoked_at = case when ${overlap}::int = 0 then ${now} end
      from template t, verdict v where k.id = t.id and v.refused is null),
    ${makeKey(deps, caller, actor, key, { action: "api_key.rotated", from: sql`template t` })}`,
  );
}

/** Ends one of the caller's keys. Undefined: it is none of theirs, or ended already. */
export function revokeOwnKey(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  id: string,
): Promise<{ id: string } | undefined> {
  return runAs(
    deps,
    actor,
    sql`changed as (
      update auth.api_keys k set revoked_at = ${databaseNow(deps.clock)} from allowed a
      where k.id = ${id}::uuid and k.user_id = a.user_id and k.revoked_at is null returning k.id, k.user_id),
    ${recordEvent(deps, caller, {
      action: "api_key.revoked",
      actor: sql`c.user_id`,
      subject: sql`c.user_id`,
      session: sql`${actor.sessionId}::uuid`,
      from: sql`changed c`,
      text: id,
    })},
    result as (select id from changed)`,
  );
}

/**
 * CTEs `owner`, the caller, locked, `session`, what they have shown, and `verdict(refused)`: what forbids another key.
 * Those of a day are counted with those that ended: each that did is in the revocation feed, where there is an end of room.
 */
function decideOnKeys(deps: Pick<Deps, "clock">, further: SQL): SQL {
  const now = databaseNow(deps.clock);
  return sql`${lockOneself(sql`a.epoch`, now, "unchanged")},
    session as materialized (
      select s.acr, s.factor_id from owner w, allowed a join auth.sessions s on s.id = a.session_id
      where s.ended_at is null for share of s),
    verdict as materialized (
      select case
        when not exists (select 1 from session) then 'conflict'
        when ${mostKeys}::int <= (select count(*) from auth.api_keys k where k.user_id = w.id
          and ${isLiveKey(sql`k`, sql`w`, now)}) then 'conflict'
        when ${mostADay}::int <= (select count(*) from auth.api_keys k where k.user_id = w.id
          and k.created_at > ${now} - ${seconds(86_400)}) then 'conflict'
        ${further} end as refused
      from allowed a left join owner w on true)`;
}

/** CTEs that insert a key as the row `t` of `from` says, unless `verdict` refuses, tell the owner and end in `result`. */
function makeKey(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  key: NewKey,
  { action, from }: { action: string; from: SQL },
): SQL {
  const now = databaseNow(deps.clock);
  return sql`added as (
      insert into auth.api_keys (id, user_id, epoch, name, prefix, hash, scopes, acr, factor_id, created_at, expires_at)
      select ${key.id}::uuid, w.id, w.key_epoch, t.name, ${key.prefix}, ${key.hash}, t.scopes, s.acr, s.factor_id, ${now},
        t.expires_at from ${from}, session s, owner w, verdict v where v.refused is null returning *),
    changed as (
      update auth.users u set updated_at = ${now} from added k where u.id = k.user_id returning u.*),
    ${notifyUser(deps, caller, { id: key.notice, kind: "api_key_created", from: sql`changed u` })},
    ${recordEvent(deps, caller, {
      action,
      actor: sql`k.user_id`,
      subject: sql`k.user_id`,
      session: sql`${actor.sessionId}::uuid`,
      from: sql`added k`,
      text: key.id,
    })},
    result as (
      select v.refused, (select to_json(w) from (select ${wireColumns} from added k) w) as key
      from verdict v where v.refused is not null or exists (select 1 from added))`;
}
