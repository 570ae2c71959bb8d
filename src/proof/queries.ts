import { sql } from "drizzle-orm";
import { isSuspended } from "../access/fragments.ts";
import { databaseNow, queryJson, textArray } from "../db/database.ts";
import type { OutboxId, UserId } from "../ids.ts";
import type { Deps } from "../ports.ts";
import type { SessionClaims } from "../token/access-claims.ts";
import type { ProofKind } from "./kinds.ts";

const mostTries = 5;

/** A row that a proof names, and the account it is about, if any, as it is now. */
export type ProofRow = {
  readonly id: OutboxId;
  readonly kind: ProofKind;
  readonly email: string;
  readonly emailKey: string;
  readonly userId: UserId | null;
  readonly epoch: number | null;
  readonly expiresAt: number;
  readonly payload: ProofPayload;
  readonly account: {
    readonly email: string;
    readonly name: string | null;
    readonly passwordHash: string | null;
    readonly verified: boolean;
    readonly suspended: boolean;
  } | null;
  /** Whether the address has an account, its own or another. */
  readonly taken: boolean;
  /** Whether the session that came along is the account's, and lives. */
  readonly signedIn: boolean;
};

/** What a row keeps for later: a pending registration, or the roles an invitation gives. */
type ProofPayload = {
  readonly passwordHash?: string;
  readonly name?: string | null;
  readonly roles?: readonly string[];
  readonly invitedBy?: UserId;
};

/**
 * What is shown: a token, or a code that may be guessed. Each has five tries a row, counted apart:
 * whoever asked for the mail can try codes, and must not use up its link with them.
 */
export type Attempted = "tries" | "guesses";

/**
 * Takes one of the five tries of a row before anything is compared, so that no crash and no race
 * gives one back. Only the newest of a kind is good for an address; registrations and invitations
 * stand for themselves.
 */
export function takeTry(
  deps: Pick<Deps, "db" | "clock">,
  id: OutboxId,
  by: Attempted,
  kinds: readonly ProofKind[],
  session: SessionClaims | undefined,
): Promise<ProofRow | undefined> {
  const now = databaseNow(deps.clock);
  const counter = sql.raw(by);
  const newer = sql`select 1 from auth.outbox n where n.kind = o.kind
    and (n.created_at, n.id) > (o.created_at, o.id)`;
  return queryJson(
    deps.db,
    sql`with proof as (
      update auth.outbox o set ${counter} = o.${counter} + 1
      where o.id = ${id}::uuid and o.kind = any((${textArray(kinds)})::text[]) and o.used_at is null
        and o.expires_at > ${now} and o.${counter} < ${mostTries}::int
        and case
          when o.kind in ('registration', 'invitation') then true
          when o.kind = 'change_email' then not exists (${newer} and n.user_id = o.user_id)
          else not exists (${newer} and n.email_key = o.email_key) end
      returning o.*)
    select json_build_object('id', p.id, 'kind', p.kind, 'email', p.email, 'emailKey', p.email_key,
      'userId', p.user_id, 'epoch', p.epoch, 'payload', p.payload,
      'taken', exists (select 1 from auth.users u where u.email_key = p.email_key),
      'expiresAt', floor(extract(epoch from p.expires_at))::bigint,
      'account', (select json_build_object('email', u.email, 'name', u.name, 'passwordHash', u.password_hash,
          'verified', u.email_verified, 'suspended', ${isSuspended(sql`u`, now)})
        from auth.users u where u.id = p.user_id),
      'signedIn', exists (select 1 from auth.sessions s join auth.users u on u.id = s.user_id
        where s.id = ${session?.sessionId ?? null}::uuid and s.user_id = ${session?.userId ?? null}::uuid
          and s.user_id = p.user_id and s.ended_at is null and s.expires_at > ${now}
          and s.epoch = u.security_epoch and not ${isSuspended(sql`u`, now)})) as result
    from proof p`,
  );
}

/** Gives a try back to whoever showed a right proof and was refused for another reason. */
export async function returnTry(deps: Pick<Deps, "db">, id: OutboxId, by: Attempted): Promise<void> {
  const counter = sql.raw(by);
  await queryJson(
    deps.db,
    sql`with returned as (
      update auth.outbox set ${counter} = greatest(${counter} - 1, 0) where id = ${id}::uuid returning 1)
    select to_json(count(*)) as result from returned`,
  );
}
