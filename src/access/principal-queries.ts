import { type SQL, sql } from "drizzle-orm";
import { seconds, textArray } from "../db/database.ts";
import { acr } from "./assurance.ts";
import type { Bearer } from "./bearer.ts";
import { isFresh, isSuspended, permissionsOf } from "./fragments.ts";
import type { Actor, Machine } from "./run-as.ts";

/**
 * Who acts, as a select of at most one row: `user_id`, or the client's id; `session_id`, what the token hangs on; what
 * they `held` at that moment of permissions, empty where the route asks for none; and whether they authenticated
 * lately enough for it. No row: what the token hangs on is over.
 * @public
 */
export function principalOf(
  bearer: Bearer,
  now: SQL,
  { permission, stepUp = false }: Pick<Actor, "permission" | "stepUp">,
): SQL {
  const { machine } = bearer;
  if (machine?.kind === "client_credentials") return clientOf(bearer, machine, now);
  if (machine) return keyOf(bearer, machine, { now, stepUp });
  const held = permission === "self" ? sql`'{}'::text[]` : permissionsOf(sql`u.id`, sql`s.acr`);
  return sql`select u.id as user_id, s.id as session_id, s.auth_time, s.acr, u.security_epoch as epoch,
      ${held} as held, ${stepUp ? isFresh(sql`s`, sql`u`, now) : sql`true`} as fresh
    from ${liveSession(bearer, now)}`;
}

/** The session row `s` of a live actor, and the user `u` whom they are or act as. */
function liveSession({ userId, sessionId, impersonator }: Bearer, now: SQL): SQL {
  const live = (u: SQL) => sql`s.ended_at is null and s.expires_at > ${now} and s.epoch = ${u}.security_epoch
    and not ${isSuspended(u, now)}`;
  if (!impersonator) {
    return sql`auth.sessions s join auth.users u on u.id = s.user_id
      where s.id = ${sessionId}::uuid and u.id = ${userId}::uuid and ${live(sql`u`)}`;
  }
  // The session is the impersonator's, who must still be allowed, and the user still who they were.
  return sql`auth.sessions s join auth.users i on i.id = s.user_id, auth.users u
    where s.id = ${sessionId}::uuid and i.id = ${impersonator.userId}::uuid and ${live(sql`i`)}
      and 'users:impersonate' = any(${permissionsOf(sql`i.id`, sql`s.acr`)}::text[])
      and u.id = ${userId}::uuid and u.security_epoch = ${impersonator.subjectEpoch}::int
      and not ${isSuspended(sql`u`, now)} and ${permissionsOf(sql`u.id`)}::text[] = '{}'
      and ${isNotRevoked(impersonator.tokenId)}`;
}

/** A user's API key, or a token it was exchanged for. It is no authentication, so never a recent one. */
function keyOf(
  { userId, sessionId }: Bearer,
  { proof }: Machine,
  { now, stepUp }: { now: SQL; stepUp: boolean },
): SQL {
  const held = permissionsOf(sql`u.id`, sql`k.acr`);
  const isShown = "keyHash" in proof ? sql`k.hash = ${proof.keyHash}` : isNotRevoked(proof.tokenId);
  return sql`select u.id as user_id, k.id as session_id, k.created_at as auth_time, k.acr, u.security_epoch as epoch,
      ${common(held, sql`k.scopes`, ofToken(proof))} as held, ${!stepUp}::boolean as fresh
    from auth.api_keys k join auth.users u on u.id = k.user_id
    where k.id = ${sessionId}::uuid and u.id = ${userId}::uuid and ${isLiveKey(sql`k`, sql`u`, now)} and ${isShown}`;
}

/** A machine client by an access token, which hangs on the secret that brought it, or on the client itself. */
function clientOf({ userId, sessionId }: Bearer, { proof }: Machine, now: SQL): SQL {
  const isLive =
    "tokenId" in proof
      ? sql`${isNotRevoked(proof.tokenId)} and ${proof.audience} = any(c.audiences)`
      : sql`false`;
  return sql`select c.id as user_id, ${sessionId}::uuid as session_id, ${now} as auth_time, ${acr.one}::text as acr,
      0 as epoch, ${common(sql`c.scopes`, ofToken(proof))} as held, true as fresh
    from auth.clients c where c.id = ${userId}::uuid and ${hangsOn(sql`c`, sessionId)} and ${isLive}`;
}

/**
 * A CTE `present`, after those of `lockOperators`: what the caller's token hangs on, locked, so that its end waits or is
 * seen; with `held`, what the caller holds of permissions now, and `is_admin`, which no program is: it may hold a part
 * of what an admin may.
 */
export function lockPrincipal(actor: Actor, after: SQL, ofRoles: (acr: SQL) => SQL): SQL {
  const { machine } = actor;
  const roles = (level: SQL) => sql`from present s, operators r, unnest(r.permissions) p
    where r.id = ${actor.userId}::uuid and ${ofRoles(level)}`;
  const ofUser = sql`held as materialized (
    select coalesce(array_agg(distinct p), '{}') as permissions,
      ${machine ? sql`false` : sql`coalesce(bool_or(r.role = 'admin'), false)`} as is_admin
      ${roles(sql`s.acr`)}`;
  if (machine?.kind === "client_credentials") {
    return sql`present as materialized (
        select c.scopes from allowed a join auth.clients c on c.id = a.user_id
        where ${hangsOn(sql`c`, actor.sessionId)} and ${after} for share of c),
      held as materialized (
        select ${common(sql`s.scopes`, sql`a.held`)} as permissions, false as is_admin from present s, allowed a)`;
  }
  if (machine) {
    return sql`present as materialized (
        select k.id, k.acr from allowed a join auth.api_keys k on k.id = a.session_id
        where k.revoked_at is null and ${after} for share of k),
      ${ofUser} and p = any((select a.held from allowed a)::text[]))`;
  }
  return sql`present as materialized (
      select s.id, s.acr from allowed a join auth.sessions s on s.id = a.session_id
      where s.ended_at is null and ${after} for share of s),
    ${ofUser})`;
}

/**
 * Whether the API key row `k` of the user row `u` can be used now.
 * @public
 */
export function isLiveKey(k: SQL, u: SQL, now: SQL): SQL {
  return sql`(${k}.revoked_at is null and coalesce(${k}.expires_at > ${now}, true) and ${k}.epoch = ${u}.key_epoch
    and not ${isSuspended(u, now)})`;
}

/**
 * Whether the client row `c` still has the credential that brought a token: a secret, or the keys of an assertion.
 * @public
 */
export function hangsOn(c: SQL, credentialId: string): SQL {
  return sql`(${c}.keys_id = ${credentialId}::uuid or exists (
    select 1 from auth.client_secrets x where x.id = ${credentialId}::uuid and x.client_id = ${c}.id))`;
}

/**
 * Whether a single token, by its `jti`, was not revoked.
 * @public
 */
export function isNotRevoked(tokenId: string): SQL {
  return sql`not exists (select 1 from auth.revocations gone where gone.id = ${tokenId}::uuid)`;
}

/**
 * A CTE that notes, after `principal`, when an API key was used.
 * @public
 */
export function noteUse({ proof }: Machine, now: SQL): SQL {
  if (!("keyHash" in proof)) return sql``;
  return sql`used_key as (
    update auth.api_keys k set last_used_at = ${now} from principal p
    where k.id = p.session_id and ${isDueToNote(sql`k`, now)}),`;
}

/**
 * Whether the row `r` of a key or a secret was last noted as used a minute ago or more.
 * @public
 */
export function isDueToNote(r: SQL, now: SQL): SQL {
  return sql`coalesce(${r}.last_used_at < ${now} - ${seconds(60)}, true)`;
}

function ofToken(proof: Machine["proof"]): SQL | undefined {
  return "scopes" in proof ? textArray(proof.scopes) : undefined;
}

/** What all of some `text[]` have in common. */
function common(...lists: (SQL | undefined)[]): SQL {
  const selects = lists.flatMap((list) => (list ? [sql`select unnest((${list})::text[])`] : []));
  return sql`array(${sql.join(selects, sql` intersect `)})`;
}
