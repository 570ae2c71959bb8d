import { type SQL, sql } from "drizzle-orm";
import type { Bearer } from "../access/bearer.ts";
import { rolesIn } from "../access/fragments.ts";
import { noteUse, principalOf } from "../access/principal-queries.ts";
import { recordEvent } from "../audit/fragments.ts";
import { authenticateClient } from "../client/fragments.ts";
import type { ClientProof } from "../client/prove-client.ts";
import { databaseNow, queryJson, seconds } from "../db/database.ts";
import type { Caller, Deps } from "../ports.ts";
import { noteRevoked } from "../revocation/fragments.ts";
import { endSessions } from "../session/fragments.ts";
import type { PresentedToken } from "./presented-token.ts";

/** A client that proved itself, and on what its token shall hang. */
export type ProvenClient = { id: string; scopes: string[]; audiences: string[]; credentialId: string };

const clientJson = sql`(select json_build_object('id', c.id, 'scopes', to_json(c.scopes),
  'audiences', to_json(c.audiences), 'credentialId', c.credential_id) from client c)`;

/** Takes a client's proof. Undefined: it is wrong, or used. */
export function authenticate(
  deps: Pick<Deps, "db" | "clock">,
  proof: ClientProof,
): Promise<ProvenClient | undefined> {
  return queryJson(
    deps.db,
    sql`with ${authenticateClient(proof, databaseNow(deps.clock))} select ${clientJson} as result`,
  );
}

/** What the database knows of a token that is good, beside what the token says. */
export type Liveness = {
  client: ProvenClient | null;
  live: boolean;
  /** What the token allows now, and the roles that count: it may say what was. */
  scopes: string[] | null;
  roles: string[] | null;
  key: { created: number; expires: number | null } | null;
};

/** Takes a client's proof and says whether a token is good, in one. */
export async function readLiveness(
  deps: Pick<Deps, "db" | "clock" | "config">,
  proof: ClientProof,
  token: PresentedToken | undefined,
): Promise<Liveness> {
  const now = databaseNow(deps.clock);
  const machine = token?.bearer.machine;
  const principal = token
    ? principalOf(token.bearer, now, { permission: "users:read" })
    : sql`select null::uuid as user_id, null::uuid as session_id, null::text as acr, null::text[] as held where false`;
  const key = sql`(select json_build_object('created', floor(extract(epoch from k.created_at))::bigint,
    'expires', floor(extract(epoch from k.expires_at))::bigint) from principal p join auth.api_keys k on k.id = p.session_id)`;
  const found = await queryJson<Liveness>(
    deps.db,
    sql`with ${authenticateClient(proof, now)},
    principal as materialized (${principal}),
    ${machine ? noteUse(machine, now) : sql``}
    roles as (select ${rolesIn(sql`p.acr`, sql`p.user_id`)} as names from principal p)
    select json_build_object('client', ${clientJson},
      'live', exists (select 1 from principal) and ${isCurrent(deps, token, now)},
      'scopes', (select to_json(p.held) from principal p), 'roles', (select to_json(r.names) from roles r),
      'key', ${token?.kind === "api_key" ? key : sql`null::json`}) as result`,
  );
  if (!found) throw new Error("a select without a table gave no row");
  return found;
}

/** Whether a refresh token would still be taken: the current one, or the one before within the grace. */
function isCurrent({ config }: Pick<Deps, "config">, token: PresentedToken | undefined, now: SQL): SQL {
  if (token?.kind !== "refresh") return sql`true`;
  const { sessionId, generation } = token.refresh;
  return sql`exists (select 1 from auth.sessions s where s.id = ${sessionId}::uuid and (
    s.generation = ${generation}::int or (s.generation = ${generation}::int + 1
      and ${now} <= s.rotated_at + ${seconds(config.refreshToken.graceSeconds)})))`;
}

/** Takes a client's proof and ends what a token is of, in one. False: the proof is wrong, or used. */
export async function endToken(
  deps: Pick<Deps, "db" | "clock" | "random">,
  caller: Caller,
  proof: ClientProof,
  token: PresentedToken,
): Promise<boolean> {
  const now = databaseNow(deps.clock);
  const { ended, action } = endingOf(token, now);
  const done = await queryJson<boolean>(
    deps.db,
    sql`with ${authenticateClient(proof, now)},
    ${ended},
    ${recordEvent(deps, caller, {
      action,
      actor: sql`c.id`,
      subject: sql`${token.bearer.userId}::uuid`,
      session: sql`${token.bearer.sessionId}::uuid`,
      from: sql`client c where exists (select 1 from ended)`,
    })}
    select to_json(exists (select 1 from client)) as result`,
  );
  return done ?? false;
}

/**
 * A CTE `ended`, under the CTE `client`: the session of a user's token; the API key; of a token that a program got, or that
 * is to act as somebody, that token alone. A client ends no other client's, and of users' those for an audience of its own.
 */
function endingOf(token: PresentedToken, now: SQL): { ended: SQL; action: string } {
  const { userId, sessionId, machine, impersonator } = token.bearer;
  const isOfClient = machine?.kind === "client_credentials";
  const from = sql`(select * from client where ${
    isOfClient ? sql`id = ${userId}::uuid` : sql`${token.audience} = any(audiences)`
  }) c`;
  if (token.kind === "api_key" && machine && "keyHash" in machine.proof) {
    return {
      ended: sql`ended as (
        update auth.api_keys k set revoked_at = ${now} from ${from}
        where k.id = ${sessionId}::uuid and k.user_id = ${userId}::uuid and k.hash = ${machine.proof.keyHash}
          and k.revoked_at is null returning k.id)`,
      action: "api_key.revoked",
    };
  }
  if (token.kind === "access" && (machine || impersonator)) {
    const one = sql`(select ${token.tokenId}::uuid as id, null::timestamptz as ended_at from ${from}) e`;
    return { ended: noteRevoked(now, one, sql`ended`), action: "token.revoked" };
  }
  const where = sql`s.id = ${sessionId}::uuid and s.user_id = ${userId}::uuid`;
  return { ended: endSessions(now, "revoked", from, where), action: "session.ended" };
}

/** An API key that is exchanged: what of its scopes counts now, and when it ends, in Unix seconds. */
export type ExchangedKey = { userId: string; keyId: string; scopes: string[]; expiresAt: number | null };

/** Reads an API key that is good, and notes that it was used. */
export function useKey(deps: Pick<Deps, "db" | "clock">, bearer: Bearer): Promise<ExchangedKey | undefined> {
  const now = databaseNow(deps.clock);
  return queryJson(
    deps.db,
    sql`with principal as materialized (${principalOf(bearer, now, { permission: "self" })}),
    ${bearer.machine ? noteUse(bearer.machine, now) : sql``}
    key as (select k.id, k.expires_at from principal p join auth.api_keys k on k.id = p.session_id)
    select json_build_object('userId', p.user_id, 'keyId', k.id, 'scopes', to_json(p.held),
      'expiresAt', floor(extract(epoch from k.expires_at))::bigint) as result
    from principal p, key k`,
  );
}
