import { type SQL, sql } from "drizzle-orm";
import { isDueToNote } from "../access/principal-queries.ts";
import { spendChallenge } from "../challenge/fragments.ts";
import type { ClientProof } from "./prove-client.ts";

/**
 * CTEs that take a client's proof, ending in `client(id, scopes, audiences, credential_id)`: no row when it is wrong, used
 * already, or of keys that the client has no more. A token hangs on `credential_id`.
 * @public
 */
export function authenticateClient(proof: ClientProof, now: SQL): SQL {
  if (proof.method === "private_key_jwt") {
    const known = sql`auth.clients c where c.id = ${proof.clientId}::uuid and c.auth_method = 'private_key_jwt'
      and c.jwks = ${JSON.stringify(proof.jwks)}::jsonb`;
    return sql`${spendChallenge(proof.use, known)},
      client as materialized (
        select c.id, c.scopes, c.audiences, c.keys_id as credential_id from spent, auth.clients c
        where c.id = ${proof.clientId}::uuid)`;
  }
  return sql`client as materialized (
      select c.id, c.scopes, c.audiences, x.id as credential_id
      from auth.clients c join auth.client_secrets x on x.client_id = c.id
      where c.id = ${proof.clientId}::uuid and c.auth_method = ${proof.method}
        and x.id = ${proof.secretId}::uuid and x.hash = ${proof.hash}),
    used_secret as (
      update auth.client_secrets x set last_used_at = ${now} from client
      where x.id = client.credential_id and ${isDueToNote(sql`x`, now)})`;
}
