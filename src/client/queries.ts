import { type SQL, sql } from "drizzle-orm";
import type { JWK } from "jose";
import { lockOperators } from "../access/operator-queries.ts";
import { permissionNames } from "../access/permissions.ts";
import { type Actor, runAs } from "../access/run-as.ts";
import { recordEvent } from "../audit/fragments.ts";
import { databaseNow, queryJson, textArray, wireTime } from "../db/database.ts";
import type { ClientId, CredentialId } from "../ids.ts";
import type { Caller, Deps } from "../ports.ts";
import { noteRevoked } from "../revocation/fragments.ts";
import type { AuthMethod, Client } from "./client.ts";

type Needs = Pick<Deps, "db" | "clock" | "random">;

/** A client after a change, or why there was none. No answer at all: there is no such client. */
export type Changed = { client: Client | null; refused: "not_allowed" | "conflict" | null };

const mostSecrets = 2;

/** The client row `c` as the wire shows it; `secrets` is where its secrets are read from. */
function clientJson(c: SQL, secrets: SQL = sql`auth.client_secrets`): SQL {
  return sql`json_build_object('client_id', ${c}.id, 'name', ${c}.name, 'auth_method', ${c}.auth_method,
    'scopes', to_json(${c}.scopes), 'audiences', to_json(${c}.audiences), 'jwks', ${c}.jwks,
    'secrets', (select coalesce(json_agg(json_build_object('id', x.id, 'created_at', ${wireTime(sql`x.created_at`)},
      'last_used_at', ${wireTime(sql`x.last_used_at`)}) order by x.id), '[]') from ${secrets} x where x.client_id = ${c}.id),
    'created_at', ${wireTime(sql`${c}.created_at`)}, 'updated_at', ${wireTime(sql`${c}.updated_at`)})`;
}

/** The public keys of a client that signs assertions. */
export function readKeys(
  deps: Pick<Deps, "db">,
  clientId: string,
): Promise<{ keys: readonly JWK[] } | undefined> {
  return queryJson(
    deps.db,
    sql`select c.jwks as result from auth.clients c
      where c.id = ${clientId}::uuid and c.auth_method = 'private_key_jwt'`,
  );
}

/** Up to `limit` + 1 clients, newest first, and how many there are. */
export function listClientRows(
  deps: Pick<Deps, "db" | "clock">,
  actor: Actor,
  page: { limit: number; before: string | undefined },
): Promise<{ clients: Client[]; total: number } | undefined> {
  const before = sql`${page.before ?? null}::uuid`;
  return runAs(
    deps,
    actor,
    sql`page as (
      select c.* from allowed, auth.clients c where ${before} is null or c.id < ${before}
      order by c.id desc limit ${page.limit + 1}::int),
    result as (
      select coalesce((select json_agg(${clientJson(sql`c`)} order by c.id desc) from page c), '[]') as clients,
        (select count(*)::int from auth.clients) as total from allowed)`,
  );
}

export async function findClient(
  deps: Pick<Deps, "db" | "clock">,
  actor: Actor,
  id: string,
): Promise<Client | undefined> {
  const found = await runAs<{ client: Client }>(
    deps,
    actor,
    sql`result as (select ${clientJson(sql`c`)} as client from allowed, auth.clients c where c.id = ${id}::uuid)`,
  );
  return found?.client;
}

/** Public keys, and the id that the tokens they bring hang on. */
export type NewKeys = { readonly id: CredentialId; readonly keys: readonly JWK[] };

function jwksJson(jwks: NewKeys | undefined): SQL {
  return sql`${jwks ? JSON.stringify({ keys: jwks.keys }) : null}::jsonb`;
}

export type NewSecret = { readonly id: CredentialId; readonly hash: string };

/** A CTE `new_secret` for the client row `c` of `from`. */
function insertSecret(now: SQL, secret: NewSecret | undefined, from: SQL): SQL {
  return sql`new_secret as (
    insert into auth.client_secrets (id, client_id, hash, created_at)
    select ${secret?.id ?? null}::uuid, c.id, ${secret?.hash ?? null}, ${now} from ${from}
    where ${secret !== undefined}::boolean returning *)`;
}

/** Registers a client with scopes of which the caller holds those that are permissions. */
export function insertClient(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  client: {
    id: ClientId;
    name: string;
    authMethod: AuthMethod;
    scopes: readonly string[];
    audiences: readonly string[];
    jwks: NewKeys | undefined;
    secret: NewSecret | undefined;
  },
): Promise<Changed | undefined> {
  const now = databaseNow(deps.clock);
  const scopes = sql`(${textArray(client.scopes)})::text[]`;
  return runAs(
    deps,
    actor,
    sql`${lockOperators(actor, now)},
    verdict as materialized (
      select ${client.id}::uuid as id, case
        when not ${actor.permission} = any(h.permissions) or ${exceeds(scopes)} then 'not_allowed' end as refused
      from held h),
    changed as (
      insert into auth.clients (id, name, auth_method, scopes, audiences, jwks, keys_id, created_at, updated_at)
      select v.id, ${client.name}, ${client.authMethod}, ${scopes}, ${textArray(client.audiences)},
        ${jwksJson(client.jwks)}, ${client.jwks?.id ?? null}::uuid, t.now, t.now
      from verdict v, (select ${now} as now) t where v.refused is null returning *),
    ${insertSecret(now, client.secret, sql`changed c`)},
    ${clientEvent(deps, caller, actor, "client.created", client.scopes.join(" "))},
    result as (
      select v.refused, (select ${clientJson(sql`c`, sql`new_secret`)} from changed c) as client from verdict v)`,
  );
}

export type ClientChange = {
  readonly id: string;
  readonly name?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly audiences?: readonly string[] | undefined;
  readonly jwks?: NewKeys | undefined;
};

/** Changes a client: what it could and what it can must be the caller's too. A field left out stays. */
export function updateClient(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  change: ClientChange,
): Promise<Changed | undefined> {
  const now = databaseNow(deps.clock);
  const { id, name, jwks } = change;
  const list = (given: readonly string[] | undefined, old: SQL) =>
    given ? sql`(${textArray(given)})::text[]` : old;
  const scopes = list(change.scopes, sql`c.scopes`);
  return runAs(
    deps,
    actor,
    sql`${decideOnClient(
      deps,
      actor,
      id,
      sql`when ${exceeds(scopes)} then 'not_allowed'
      when ${jwks !== undefined}::boolean and c.auth_method <> 'private_key_jwt' then 'conflict'`,
    )},
    changed as (
      update auth.clients c set name = coalesce(${name ?? null}, c.name), scopes = ${scopes},
        audiences = ${list(change.audiences, sql`c.audiences`)},
        jwks = coalesce(${jwksJson(jwks)}, c.jwks), keys_id = coalesce(${jwks?.id ?? null}::uuid, c.keys_id), updated_at = ${now}
      from verdict v where c.id = v.id and v.refused is null returning c.*),
    ${noteRevoked(
      now,
      sql`(select t.keys_id as id, null::timestamptz as ended_at from changed c join target t on t.id = c.id
        where t.keys_id <> c.keys_id) e`,
    )},
    ${clientEvent(deps, caller, actor, "client.changed", change.scopes?.join(" ") ?? "")},
    ${changedResult()}`,
  );
}

/** Adds a secret, the second at most, so that the first can be replaced while it is in use. */
export function addSecretRow(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  { id, secret }: { id: string; secret: NewSecret },
): Promise<Changed | undefined> {
  const now = databaseNow(deps.clock);
  return runAs(
    deps,
    actor,
    sql`${decideOnClient(
      deps,
      actor,
      id,
      sql`when c.auth_method = 'private_key_jwt' or ${mostSecrets}::int <= (
      select count(*) from auth.client_secrets x where x.client_id = c.id)
      or c.updated_at <> (select seen.updated_at from auth.clients seen where seen.id = c.id) then 'conflict'`,
    )},
    changed as (
      update auth.clients c set updated_at = ${now}
      from verdict v where c.id = v.id and v.refused is null returning c.*),
    ${insertSecret(now, secret, sql`changed c`)},
    ${clientEvent(deps, caller, actor, "client.secret_added", secret.id)},
    ${changedResult(sql`(select * from auth.client_secrets union all select * from new_secret)`)}`,
  );
}

/** Deletes a client, or one secret of it, with all tokens that hang on it. */
export function removeClient(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  { id, secretId }: { id: string; secretId?: string },
): Promise<{ id: string } | undefined> {
  const now = databaseNow(deps.clock);
  const doomed = sql`select x.id, null::timestamptz as ended_at from auth.client_secrets x join target c on c.id = x.client_id`;
  const one = sql`changed as (
    delete from auth.client_secrets x using target c where x.client_id = c.id and x.id = ${secretId ?? null}::uuid
    returning x.id)`;
  const all = sql`changed as (delete from auth.clients x using target c where x.id = c.id returning x.id)`;
  return runAs(
    deps,
    actor,
    sql`${lockOperators(actor, now)},
    target as materialized (
      select c.id, c.keys_id from auth.clients c, held h
      where c.id = ${id}::uuid and ${actor.permission} = any(h.permissions) for update of c),
    ${noteRevoked(
      now,
      secretId === undefined
        ? sql`(${doomed} union all select c.keys_id, null from target c where c.keys_id is not null) e`
        : sql`(${doomed} where x.id = ${secretId}::uuid) e`,
    )},
    ${secretId === undefined ? all : one},
    ${recordEvent(deps, caller, {
      action: secretId === undefined ? "client.deleted" : "client.secret_removed",
      actor: sql`${actor.userId}::uuid`,
      session: sql`${actor.sessionId}::uuid`,
      subject: sql`${id}::uuid`,
      from: sql`changed`,
      text: secretId ?? "",
    })},
    result as (select id from changed)`,
  );
}

/** Whether scopes hold a permission that the `held` row `h` lacks: nobody makes a client that may do more than they. */
function exceeds(scopes: SQL): SQL {
  return sql`not (array(select unnest(${scopes}) intersect select unnest((${textArray(permissionNames)})::text[])) <@ h.permissions)`;
}

/** CTEs `verdict(id, refused)`: the client `c`, locked, with what forbids its change. */
function decideOnClient(deps: Pick<Deps, "clock">, actor: Actor, id: string, further: SQL): SQL {
  return sql`${lockOperators(actor, databaseNow(deps.clock))},
    target as materialized (
      select c.* from allowed, auth.clients c
      where c.id = ${id}::uuid and (select count(*) from operators) >= 0 for update of c),
    verdict as materialized (
      select c.id, case
        when not ${actor.permission} = any(h.permissions) or ${exceeds(sql`c.scopes`)} then 'not_allowed'
        ${further} end as refused
      from target c, held h)`;
}

function changedResult(secrets?: SQL): SQL {
  return sql`result as (
    select v.refused, (select ${clientJson(sql`c`, secrets)} from changed c) as client from verdict v)`;
}

function clientEvent(deps: Needs, caller: Caller, actor: Actor, action: string, text: string): SQL {
  return recordEvent(deps, caller, {
    action,
    outcome: sql`case when v.refused is null then 'success' else 'denied' end`,
    actor: sql`${actor.userId}::uuid`,
    subject: sql`v.id`,
    session: sql`${actor.sessionId}::uuid`,
    from: sql`verdict v`,
    text,
  });
}
