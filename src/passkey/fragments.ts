import { type SQL, sql } from "drizzle-orm";
import { databaseNow } from "../db/database.ts";
import type { Deps } from "../ports.ts";
import type { Assertion } from "./verify-assertion.ts";

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
