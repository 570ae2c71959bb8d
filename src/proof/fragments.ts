import { type SQL, sql } from "drizzle-orm";
import type { OutboxId } from "../ids.ts";

/**
 * A CTE `spent` that uses a proof up, once, for the locked row `from`; and with it every other open
 * proof that `voids`, over row `o`, selects. All are locked first, in id order. What a proof kept for its
 * use, like a pending registration, goes with it.
 * @public
 */
export function spendProof(now: SQL, id: OutboxId, from: SQL, voids: SQL = sql`false`): SQL {
  return sql`open_proofs as materialized (
      select o.id from auth.outbox o, ${from}
      where o.expires_at > ${now} and o.used_at is null and (o.id = ${id}::uuid or ${voids})
      order by o.id for update of o),
    spent_all as (
      update auth.outbox o set used_at = ${now}, payload = '{}' from open_proofs p
      where o.id = p.id and o.used_at is null and exists (select 1 from open_proofs where id = ${id}::uuid)
      returning o.id),
    spent as (select id from spent_all where id = ${id}::uuid)`;
}

/**
 * A CTE that voids every open proof which `which`, over row `o`, selects, for the rows of `from`.
 * @public
 */
export function voidProofs(now: SQL, from: SQL, which: SQL): SQL {
  return sql`void_proofs as materialized (
      select o.id from auth.outbox o, ${from}
      where o.expires_at > ${now} and o.used_at is null and (${which}) order by o.id for update of o),
    voided as (
      update auth.outbox o set used_at = ${now}, payload = '{}' from void_proofs p
      where o.id = p.id and o.used_at is null)`;
}
