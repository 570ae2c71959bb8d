import { sql } from "drizzle-orm";
import { queryJson } from "../db/database.ts";
import type { Deps } from "../ports.ts";
import type { Details, SealContent, SealedEvent } from "./canonical.ts";
import { microTime } from "./fragments.ts";

type Needs = Pick<Deps, "db">;

/** A seal as it is stored, bytes in hexadecimal. */
export type StoredSeal = Omit<SealContent, "previous_end"> & { hash: string; signature: string };

/** An event with its details, where they have not been erased. */
export type StoredEvent = SealedEvent & { details: (Details & { salt: string }) | null };

/** Up to `atMost` seals after a number, in their order. */
export async function readSeals(deps: Needs, after: number, atMost: number): Promise<StoredSeal[]> {
  const seals = await queryJson<StoredSeal[]>(
    deps.db,
    sql`select json_agg(json_build_object('number', s.number, 'window_end', ${microTime(sql`s.window_end`)},
        'events', s.events, 'rows_hash', encode(s.rows_hash, 'hex'),
        'previous_hash', encode(s.previous_hash, 'hex'), 'public_key', encode(s.public_key, 'hex'),
        'sealed_at', ${microTime(sql`s.sealed_at`)}, 'hash', encode(s.hash, 'hex'),
        'signature', encode(s.signature, 'hex')) order by s.number) as result
      from (select * from auth.audit_seals where number > ${after}::int order by number limit ${atMost}::int) s`,
  );
  return seals ?? [];
}

/** Up to `atMost` events after a position, in the order in which they are sealed. */
export async function readEvents(
  deps: Needs,
  after: SealedEvent | undefined,
  atMost: number,
): Promise<StoredEvent[]> {
  const isAfter = after
    ? sql`e.occurred_at >= ${after.occurred_at}::timestamptz
        and (e.occurred_at, e.id) > (${after.occurred_at}::timestamptz, ${after.id}::uuid)`
    : sql`true`;
  const events = await queryJson<StoredEvent[]>(
    deps.db,
    sql`select json_agg(json_build_object('id', e.id, 'occurred_at', ${microTime(sql`e.occurred_at`)},
        'action', e.action, 'outcome', e.outcome, 'actor_id', e.actor_id, 'subject_id', e.subject_id,
        'session_id', e.session_id, 'request_id', e.request_id,
        'details_hash', encode(e.details_hash, 'hex'), 'details', d.details) order by e.occurred_at, e.id) as result
      from (
        select e.* from auth.audit_events e where ${isAfter}
        order by e.occurred_at, e.id limit ${atMost}::int) e
      left join lateral (
        select json_build_object('salt', encode(d.salt, 'hex'), 'ip', d.ip, 'user_agent', d.user_agent,
          'email', d.email, 'text', d.text) as details
        from auth.audit_details d where d.occurred_at = e.occurred_at and d.event_id = e.id limit 1) d on true`,
  );
  return events ?? [];
}
