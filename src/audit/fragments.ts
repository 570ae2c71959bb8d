import { bytesToHex } from "@noble/hashes/utils.js";
import { type SQL, sql } from "drizzle-orm";
import type { Actor } from "../access/run-as.ts";
import { databaseNow } from "../db/database.ts";
import { type EventId, newId } from "../ids.ts";
import type { Caller, Deps } from "../ports.ts";
import { countByAction, isCounted } from "../stats/fragments.ts";
import { hashDetails } from "./canonical.ts";

const nobody = sql`null::uuid`;

/** What happened, to whom. `actor`, `subject` and `session` are SQL over the rows of `from`. */
export type AuditEvent = {
  readonly action: SQL | string;
  readonly outcome?: SQL | string;
  readonly actor?: SQL;
  readonly subject?: SQL;
  readonly session?: SQL;
  /** The one row, if any, that makes the event happen: `changed c` or `attempt a where …`. */
  readonly from: SQL;
  readonly email?: string;
  readonly text?: string;
};

/**
 * CTEs that record an audit event in the act's own statement: `event` with ids alone and
 * `event_details` with what may be erased later, bound by a salted hash. What the daily statistics count
 * is counted along with it.
 * @public
 */
export function recordEvent(deps: Pick<Deps, "clock" | "random">, caller: Caller, event: AuditEvent): SQL {
  const id = newId<EventId>(deps);
  const salt = deps.random.bytes(16);
  const { ip, userAgent } = caller;
  const [email, text] = [event.email ?? null, event.text ?? null];
  const hash = hashDetails(salt, { ip, user_agent: userAgent, email, text });
  const now = databaseNow(deps.clock);
  const mayCount = typeof event.action !== "string" || isCounted(event.action);
  return sql`event as (
      insert into auth.audit_events
        (id, occurred_at, action, outcome, actor_id, subject_id, session_id, request_id, details_hash)
      select ${id}::uuid, ${now}, ${event.action}::text, ${event.outcome ?? "success"}::text,
        ${event.actor ?? nobody}, ${event.subject ?? nobody}, ${event.session ?? nobody},
        ${caller.requestId}, decode(${hash}, 'hex')
      from ${event.from} returning id, occurred_at, action),
    event_details as (
      insert into auth.audit_details (event_id, occurred_at, salt, ip, user_agent, email, text)
      select id, occurred_at, decode(${bytesToHex(salt)}, 'hex'), ${ip}, ${userAgent}, ${email}, ${text} from event)${
        mayCount
          ? sql`,
    ${countByAction(now, sql`event e`)}`
          : sql``
      }`;
}

/**
 * The same for what an operator does to a user, over `verdict(id, refused)`: an attempt that was refused
 * is recorded too.
 * @public
 */
export function operatorEvent(
  deps: Pick<Deps, "clock" | "random">,
  caller: Caller,
  actor: Actor,
  action: string,
  text?: string | null,
): SQL {
  return recordEvent(deps, caller, {
    action,
    outcome: sql`case when v.refused is null then 'success' else 'denied' end`,
    actor: sql`${actor.userId}::uuid`,
    subject: sql`v.id`,
    session: sql`${actor.sessionId}::uuid`,
    from: sql`verdict v`,
    ...(text && { text }),
  });
}

/**
 * A CTE that erases what events about the person `id`, a column of `from`, hold beside ids. The events stay
 * whole: they hold a salted hash of it. What an operator did, to the person or as the person to others, stays
 * too: it is the operator's, who could else wipe it by leaving or by deleting whom it was done to.
 * @public
 */
export function eraseDetails(from: SQL, when: SQL, id: SQL): SQL {
  return sql`erased_details as (
    delete from auth.audit_details d using auth.audit_events e, ${from}
    where d.event_id = e.id and d.occurred_at = e.occurred_at and ${when} and e.subject_id = ${id}
      and (e.actor_id is null or e.actor_id = e.subject_id))`;
}

/** An instant to the microsecond, as keys of pages and hashes of events have it. */
export function microTime(instant: SQL): SQL {
  return sql`to_char((${instant}) at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}
