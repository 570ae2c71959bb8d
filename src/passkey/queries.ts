import { sql } from "drizzle-orm";
import { hasFactors, lockOneself } from "../access/fragments.ts";
import { type Actor, runAs } from "../access/run-as.ts";
import { lowerKeys } from "../api-key/fragments.ts";
import { recordEvent } from "../audit/fragments.ts";
import type { Challenge } from "../challenge/challenge.ts";
import { spendChallenge } from "../challenge/fragments.ts";
import { databaseNow, wireTime } from "../db/database.ts";
import type { OutboxId } from "../ids.ts";
import { forgetCompanions, replaceCodes, tellOfChange } from "../mfa/fragments.ts";
import type { Caller, Deps } from "../ports.ts";
import { lowerSessions, raiseSession } from "../session/fragments.ts";
import { credentialsOf, insertPasskeyRow } from "./fragments.ts";
import type { CredentialDescriptor } from "./request-assertion.ts";
import { passkeyAmr } from "./verify-assertion.ts";
import type { NewCredential } from "./verify-registration.ts";

const mostPasskeys = 20;

/** A passkey as the wire shows it. */
export type Passkey = {
  id: string;
  name: string;
  aaguid: string;
  transports: string[];
  backed_up: boolean;
  created_at: string;
  last_used_at: string | null;
};

/** The columns of `Passkey`, of the row `p`. */
const wireColumns = sql`p.id, p.name, p.aaguid, p.transports, p.backed_up,
  ${wireTime(sql`p.created_at`)} as created_at, ${wireTime(sql`p.last_used_at`)} as last_used_at`;

/** What a ceremony of the caller's own is about. */
export type Holder = {
  readonly email: string;
  readonly name: string | null;
  readonly epoch: number;
  readonly credentials: CredentialDescriptor[];
};

export function readHolder(deps: Pick<Deps, "db" | "clock">, actor: Actor): Promise<Holder | undefined> {
  return runAs(
    deps,
    actor,
    sql`result as (
      select u.email, u.name, u.security_epoch as epoch, ${credentialsOf(sql`u.id`)} as credentials
      from allowed a join auth.users u on u.id = a.user_id)`,
  );
}

/** Up to `limit` + 1 of the caller's passkeys, newest first. */
export async function listOwnPasskeys(
  deps: Pick<Deps, "db" | "clock">,
  actor: Actor,
  page: { limit: number; before: string | undefined },
): Promise<Passkey[]> {
  const before = sql`${page.before ?? null}::uuid`;
  const found = await runAs<{ passkeys: Passkey[] }>(
    deps,
    actor,
    sql`page as (
      select ${wireColumns} from allowed a join auth.passkeys p on p.user_id = a.user_id
      where ${before} is null or p.id < ${before} order by p.id desc limit ${page.limit + 1}::int),
    result as (select coalesce(json_agg(to_json(page) order by page.id desc), '[]') as passkeys from page)`,
  );
  return found?.passkeys ?? [];
}

export type Registration = {
  readonly id: string;
  readonly flow: Challenge<{ epoch: number }>;
  readonly credential: NewCredential;
  readonly name: string;
  /** Of the recovery codes that come with a first second factor. */
  readonly codeHashes: readonly string[];
  readonly notice: OutboxId;
};

/**
 * Uses the challenge up, adds the passkey, counts it, raises the caller's session to two factors, and tells the
 * owner. Everything hangs on `added`, which is empty when anything stood against it. A first second factor brings
 * recovery codes.
 */
export function insertPasskey(
  deps: Pick<Deps, "db" | "clock" | "random" | "config">,
  caller: Caller,
  actor: Actor,
  { id, flow, credential, name, codeHashes, notice }: Registration,
): Promise<{ passkey: Passkey | null; spent: boolean; full: boolean; hasNewCodes: boolean } | undefined> {
  const now = databaseNow(deps.clock);
  return runAs(
    deps,
    actor,
    sql`${lockOneself(sql`${flow.bound.epoch}::int`, now)},
    ${spendChallenge(flow, sql`owner w where w.passkeys < ${mostPasskeys}::int`)},
    added as (
      ${insertPasskeyRow(now, { id, credential, name }, sql`owner w, spent`)}
      on conflict (credential_id) do nothing returning *),
    changed as (
      update auth.users u set passkeys = u.passkeys + 1, updated_at = ${now}
      from added p where u.id = p.user_id returning u.*),
    ${raiseSession(actor, { factorId: id, amr: passkeyAmr(credential) }, sql`changed c`)},
    ${replaceCodes(now, codeHashes, sql`(select * from changed where passkeys = 1 and not has_totp) c`)},
    ${tellOfChange(deps, caller, actor, "passkey.registered", notice)},
    result as (
      select (select to_json(v) from (select ${wireColumns} from added p) v) as passkey,
        exists (select 1 from spent) as spent, exists (select 1 from new_codes) as "hasNewCodes",
        exists (select 1 from owner w where w.passkeys >= ${mostPasskeys}::int) as "full")`,
  );
}

/** Renames one of the caller's passkeys. Undefined: it is none of theirs. */
export function renameOwnPasskey(
  deps: Pick<Deps, "db" | "clock" | "random">,
  caller: Caller,
  actor: Actor,
  { id, name }: { id: string; name: string },
): Promise<Passkey | undefined> {
  return runAs(
    deps,
    actor,
    sql`renamed as (
      update auth.passkeys p set name = ${name} from allowed a
      where p.id = ${id}::uuid and p.user_id = a.user_id returning p.*),
    ${recordEvent(deps, caller, {
      action: "passkey.renamed",
      actor: sql`p.user_id`,
      subject: sql`p.user_id`,
      session: sql`${actor.sessionId}::uuid`,
      from: sql`renamed p`,
    })},
    result as (select ${wireColumns} from renamed p)`,
  );
}

/**
 * Deletes one of the caller's passkeys and takes two factors back from the sessions that had them by it; from all,
 * with what stood in for it, when it was the last second factor. Refused when the account changed meanwhile.
 * Undefined: it is none of theirs.
 */
export function deleteOwnPasskey(
  deps: Pick<Deps, "db" | "clock" | "random" | "config">,
  caller: Caller,
  actor: Actor,
  { id, notice }: { id: string; notice: OutboxId },
): Promise<{ refused: "conflict" | null } | undefined> {
  const now = databaseNow(deps.clock);
  // Without a password what is left is a link by mail.
  const isOnlyWayIn = deps.config.mail ? sql`false` : sql`w.password_hash is null and w.passkeys <= 1`;
  return runAs(
    deps,
    actor,
    sql`${lockOneself(sql`a.epoch`, now, "unchanged")},
    verdict as (
      select p.id, case
        when w.id is null then 'conflict'
        when ${isOnlyWayIn} then 'conflict' end as refused
      from allowed a join auth.passkeys p on p.user_id = a.user_id and p.id = ${id}::uuid left join owner w on true),
    removed as (
      delete from auth.passkeys p using verdict v where p.id = v.id and v.refused is null returning p.id, p.user_id),
    changed as (
      update auth.users u set passkeys = u.passkeys - 1, updated_at = ${now}
      from removed p where u.id = p.user_id returning u.*, p.id as passkey_id),
    ${lowerSessions(sql`changed c`, sql`s.user_id = c.id and (s.factor_id = c.passkey_id or not ${hasFactors(sql`c`)})`)},
    ${lowerKeys(sql`changed c`, sql`k.user_id = c.id and (k.factor_id = c.passkey_id or not ${hasFactors(sql`c`)})`)},
    ${forgetCompanions(sql`(select x.id from changed x where not ${hasFactors(sql`x`)}) c`)},
    ${tellOfChange(deps, caller, actor, "passkey.removed", notice)},
    result as (select refused from verdict)`,
  );
}
