import { type SQL, sql } from "drizzle-orm";
import { databaseNow, textArray } from "../db/database.ts";
import type { Deps } from "../ports.ts";
import type { Assertion } from "./verify-assertion.ts";
import type { NewCredential } from "./verify-registration.ts";

/**
 * The passkey row `p` as JSON of `PasskeyRecord`: what an answer is verified against.
 * @public
 */
export function passkeyJson(p: SQL): SQL {
  return sql`json_build_object('id', ${p}.id, 'userId', ${p}.user_id, 'credentialId', ${p}.credential_id,
    'publicKey', ${p}.public_key, 'counter', ${p}.counter, 'backupEligible', ${p}.backup_eligible)`;
}

/**
 * The passkeys of a user as JSON of `CredentialDescriptor`s, oldest first.
 * @public
 */
export function credentialsOf(userId: SQL): SQL {
  return sql`(select coalesce(json_agg(json_build_object('id', p.credential_id, 'type', 'public-key',
    'transports', to_json(p.transports)) order by p.id), '[]') from auth.passkeys p where p.user_id = ${userId})`;
}

/**
 * A CTE `claimed(id)` that takes the signature counter of an answer for the one row of `from`, whose user, the row `w`, is
 * locked. Empty when another answer has moved it that far already, as a copy of the authenticator would
 * (WebAuthn Level 3 §6.1.1), or the passkey is gone. Authenticators that keep no counter answer 0.
 * @public
 */
export function claimCounter(deps: Pick<Deps, "clock">, assertion: Assertion, from: SQL): SQL {
  const counter = sql`${assertion.counter}::bigint`;
  return sql`claimed as (
    update auth.passkeys p set counter = ${counter}, backed_up = ${assertion.backedUp}::boolean,
      last_used_at = ${databaseNow(deps.clock)}
    from ${from} where p.id = ${assertion.passkeyId}::uuid and p.user_id = w.id
      and (p.counter < ${counter} or (p.counter = 0 and ${counter} = 0))
    returning p.id)`;
}

/**
 * The INSERT of a new passkey of the one user row `w` of `from`.
 * @public
 */
export function insertPasskeyRow(
  now: SQL,
  { id, credential, name }: { id: string; credential: NewCredential; name: string },
  from: SQL,
): SQL {
  return sql`insert into auth.passkeys (id, user_id, credential_id, public_key, counter, transports, aaguid, name,
      backup_eligible, backed_up, created_at)
    select ${id}::uuid, w.id, ${credential.credentialId}, ${credential.publicKey}, ${credential.counter}::bigint,
      ${textArray(credential.transports)}, ${credential.aaguid}::uuid, ${name}, ${credential.backupEligible}::boolean,
      ${credential.backedUp}::boolean, ${now} from ${from}`;
}
