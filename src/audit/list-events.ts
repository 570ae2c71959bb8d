import type { Actor } from "../access/run-as.ts";
import { openCursor, sealCursor } from "../lib/cursor.ts";
import { parseClientAddress } from "../lib/network.ts";
import type { Caller, Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { countEvents, type EventEntry, type EventFilter, readBatch } from "./list-queries.ts";

/**
 * An event as operators see it.
 * @public
 */
export type AuditEvent = EventEntry;

type EventPage = { data: EventEntry[]; next_cursor: string | null; total_estimate: number };

/** Addresses are kept in one spelling, and may be asked for in any. */
function normalise(filter: EventFilter): EventFilter {
  const { ip } = filter;
  return ip === undefined ? filter : { ...filter, ip: parseClientAddress(ip)?.ip ?? ip };
}

/**
 * One page of the events that match every given filter, newest first. A cursor is good for the operator and the
 * filters it was issued under.
 * @throws Problem `invalid_cursor`.
 * @public
 */
export async function listEvents(
  deps: Pick<Deps, "db" | "clock" | "keys">,
  actor: Actor,
  input: { filter: EventFilter; limit: number; cursor: string | undefined },
): Promise<EventPage> {
  const { limit, cursor } = input;
  const filter = normalise(input.filter);
  const scope = JSON.stringify(["audit", actor.userId, filter]);
  const before = cursor === undefined ? undefined : openCursor(deps.keys.cursor, scope, cursor);
  if (cursor !== undefined && !before) throw new Problem("invalid_cursor");
  const found = await countEvents(deps, actor, { filter, limit: limit + 1, before });
  if (!found) throw new Problem("not_allowed");
  const page = found.events.slice(0, limit);
  const last = page.at(-1);
  const more = found.events.length > limit && last !== undefined;
  return {
    data: page.map(({ event }) => event),
    next_cursor: more ? sealCursor(deps.keys.cursor, scope, [last.at, last.event.id]) : null,
    total_estimate: found.total,
  };
}

const eventsPerBatch = 1000;

/**
 * All events that match, newest first, in batches. Each is a statement that checks the operator again: who loses
 * the permission in the middle gets no further. That it was asked for is recorded with the first.
 */
export async function* exportEvents(
  deps: Pick<Deps, "db" | "clock" | "random">,
  caller: Caller,
  actor: Actor,
  given: EventFilter,
): AsyncGenerator<EventEntry[], void> {
  const filter = normalise(given);
  for (let before: string[] | undefined; ; ) {
    const found = await readBatch(deps, caller, actor, { filter, limit: eventsPerBatch, before });
    if (!found) throw new Problem("not_allowed");
    yield found.events.map(({ event }) => event);
    const last = found.events.at(-1);
    if (!last || found.events.length < eventsPerBatch) return;
    before = [last.at, last.event.id];
  }
}
