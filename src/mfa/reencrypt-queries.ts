import { sql } from "drizzle-orm";
import { queryJson } from "../db/database.ts";
import type { FactorId, UserId } from "../ids.ts";
import type { Deps } from "../ports.ts";

type Needs = Pick<Deps, "db">;

/** A secret as its row has it. */
export type SealedRow = { userId: UserId; id: FactorId; secret: string; keyId: string };

/** Up to `atMost` secrets that another key than `keyId` sealed, of users after one, in their order. */
export async function readSealedByOthers(
  deps: Needs,
  keyId: string,
  after: UserId | undefined,
  atMost: number,
): Promise<SealedRow[]> {
  const rows = await queryJson<SealedRow[]>(
    deps.db,
    sql`select json_agg(json_build_object('userId', f.user_id, 'id', f.id, 'secret', f.secret, 'keyId', f.key_id)
        order by f.user_id) as result
      from (
        select * from auth.totp_factors f
        where f.key_id <> ${keyId} and f.user_id > coalesce(${after ?? null}::uuid, '00000000-0000-0000-0000-000000000000')
        order by f.user_id limit ${atMost}::int) f`,
  );
  return rows ?? [];
}

/**
 * Puts secrets in the place of those they were made from, where these are still what they were read as; says how many.
 * Rows are locked in the order of their ids.
 */
export async function swapSecrets(
  deps: Needs,
  keyId: string,
  swaps: readonly (SealedRow & { sealed: string })[],
): Promise<number> {
  const swapped = await queryJson<number>(
    deps.db,
    sql`with given as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(swaps)}::jsonb)
        as g("userId" uuid, id uuid, secret text, "keyId" text, sealed text)),
    locked as materialized (
      select f.user_id, g.sealed from auth.totp_factors f join given g
        on f.user_id = g."userId" and f.id = g.id and f.secret = g.secret and f.key_id = g."keyId"
      order by f.user_id for update of f),
    swapped as (
      update auth.totp_factors f set secret = l.sealed, key_id = ${keyId} from locked l
      where f.user_id = l.user_id returning 1)
    select to_json(count(*)) as result from swapped`,
  );
  return swapped ?? 0;
}

/** How many secrets each key has sealed, by its id. */
export async function countByKey(deps: Needs): Promise<Record<string, number>> {
  const counts = await queryJson<Record<string, number>>(
    deps.db,
    sql`select json_object_agg(c.key_id, c.count) as result
      from (select key_id, count(*) as count from auth.totp_factors group by key_id) c`,
  );
  return counts ?? {};
}
