import { type SQL, sql } from "drizzle-orm";
import { type Actor, runAs } from "../access/run-as.ts";
import { wireTime } from "../db/database.ts";
import type { Caller, Deps } from "../ports.ts";
import { microTime, recordEvent } from "./fragments.ts";

/** Only so many are counted; that is what bounds the work of a total. */
const exactUpTo = 1000;

/** An event as operators see it. What was erased of it is null. */
export type EventEntry = {
  id: string;
  occurred_at: string;
  action: string;
  outcome: string;
  actor_id: string | null;
  subject_id: string | null;
  session_id: string | null;
  request_id: string;
  ip: string | null;
  user_agent: string | null;
  email: string | null;
  text: string | null;
};

export type EventFilter = {
  readonly actor?: string | undefined;
  readonly subject?: string | undefined;
  readonly action?: string | undefined;
  readonly outcome?: "success" | "denied" | undefined;
  readonly ip?: string | undefined;
  readonly occurred_after?: string | undefined;
  readonly occurred_before?: string | undefined;
};

/** Events, newest first, each with its instant to the microsecond, by which pages go on. */
export type FoundEvents = { events: { event: EventEntry; at: string }[] };

export type EventRequest = {
  readonly filter: EventFilter;
  readonly limit: number;
  /** Instant and id of the last event of the page before. */
  readonly before: readonly string[] | undefined;
};

/** Up to `limit` events of an export, newest first. The first such read is recorded. Undefined is never answered. */
export function readBatch(
  deps: Pick<Deps, "db" | "clock" | "random">,
  caller: Caller,
  actor: Actor,
  request: EventRequest,
): Promise<FoundEvents | undefined> {
  const event = recordEvent(deps, caller, {
    action: "audit.exported",
    actor: sql`a.user_id`,
    session: sql`a.session_id`,
    from: sql`allowed a`,
  });
  return runAs(
    deps,
    actor,
    sql`${request.before ? sql`` : sql`${event},`} ${page(request)},
    result as (select ${pageJson} as events from allowed)`,
  );
}

/** Up to `limit` events, newest first, and how many there are: exact below 1,000. */
export function countEvents(
  deps: Pick<Deps, "db" | "clock">,
  actor: Actor,
  request: EventRequest,
): Promise<(FoundEvents & { total: number }) | undefined> {
  return runAs(
    deps,
    actor,
    sql`${page(request)}, ${total(request.filter)},
    result as (select ${pageJson} as events, t.total from total t)`,
  );
}

/** A CTE `page`: the events themselves. */
function page({ filter, limit, before }: EventRequest): SQL {
  const { from, at, id } = source(filter);
  // The first condition is for the planner, which passes over partitions by it.
  const isBefore = before
    ? sql`${at} <= ${before[0]}::timestamptz and (${at}, ${id}) < (${before[0]}::timestamptz, ${before[1]}::uuid)`
    : sql`true`;
  return sql`page as materialized (
      select e.* from ${from}
      where exists (select 1 from allowed) and ${conditions(filter)} and ${isBefore}
      order by ${at} desc, ${id} desc limit ${limit}::int)`;
}

/** The events of `page` with their details, each looked up by its key and never by reading a partition through. */
const pageJson = sql`coalesce((
    select json_agg(json_build_object('at', ${microTime(sql`p.occurred_at`)}, 'event', json_build_object(
      'id', p.id, 'occurred_at', ${wireTime(sql`p.occurred_at`)}, 'action', p.action, 'outcome', p.outcome,
      'actor_id', p.actor_id, 'subject_id', p.subject_id, 'session_id', p.session_id,
      'request_id', p.request_id, 'ip', d.ip, 'user_agent', d.user_agent, 'email', d.email, 'text', d.text))
      order by p.occurred_at desc, p.id desc)
    from page p left join lateral (
      select x.* from auth.audit_details x where x.occurred_at = p.occurred_at and x.event_id = p.id limit 1) d
      on true), '[]')`;

/**
 * What events are read from, and the columns they are ordered by. Addresses are in the details, whose index leads
 * where no person narrows the search more: then `limit 1` keeps the planner to one look-up by key for each row.
 */
function source(filter: EventFilter): { from: SQL; at: SQL; id: SQL } {
  if (filter.ip !== undefined && !filter.actor && !filter.subject) {
    return {
      from: sql`auth.audit_details d cross join lateral (
        select x.* from auth.audit_events x where x.occurred_at = d.occurred_at and x.id = d.event_id limit 1) e`,
      at: sql`d.occurred_at`,
      id: sql`d.event_id`,
    };
  }
  const details = sql`join auth.audit_details d on d.occurred_at = e.occurred_at and d.event_id = e.id`;
  return {
    from: sql`auth.audit_events e ${filter.ip === undefined ? sql`` : details}`,
    at: sql`e.occurred_at`,
    id: sql`e.id`,
  };
}

function conditions(filter: EventFilter): SQL {
  const { at } = source(filter);
  const all: SQL[] = [sql`true`];
  if (filter.actor) all.push(sql`e.actor_id = ${filter.actor}::uuid`);
  if (filter.subject) all.push(sql`e.subject_id = ${filter.subject}::uuid`);
  if (filter.action) all.push(sql`e.action = ${filter.action}`);
  if (filter.outcome) all.push(sql`e.outcome = ${filter.outcome}`);
  // Said in the words of the partial index, which a parameter does not match.
  if (filter.outcome === "denied") all.push(sql`e.outcome <> 'success'`);
  if (filter.ip !== undefined) all.push(sql`d.ip = ${filter.ip}`);
  if (filter.occurred_after) all.push(sql`${at} > ${filter.occurred_after}::timestamptz`);
  if (filter.occurred_before) all.push(sql`${at} < ${filter.occurred_before}::timestamptz`);
  return sql.join(all, sql` and `);
}

/**
 * CTEs ending in `total(total)`. Beyond what is counted, the newest that were counted tell how densely the events
 * lie, and the planner's statistics how many there can be at most.
 */
function total(filter: EventFilter): SQL {
  const { from, at, id } = source(filter);
  const { ip, actor, subject, action, outcome } = filter;
  // Details alone tell how many there are of an address, where nothing else is asked of the events.
  const isOfDetails = ip !== undefined && !(actor ?? subject ?? action ?? outcome);
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  const spread = sql`c.counted * extract(epoch from c.newest - s.since)
    / nullif(extract(epoch from c.newest - c.oldest), 0)`;
  return sql`counted as materialized (
      select count(*)::int as counted, max(n.at) as newest, min(n.at) as oldest from (
        select ${at} as at from ${isOfDetails ? sql`auth.audit_details d` : from} where exists (select 1 from allowed) and ${conditions(filter)}
        order by ${at} desc, ${id} desc limit ${exactUpTo}::int) n),
    since as (
      select greatest(min(occurred_at), ${filter.occurred_after ?? null}::timestamptz) as since
      from auth.audit_events where exists (select 1 from allowed)),
    planned as (
      select sum(greatest(c.reltuples, 0)) as events from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'auth.audit_events'::regclass),
    total as (
      select case when c.counted < ${exactUpTo}::int then c.counted else greatest(c.counted,
        least(p.events, ${isFiltered ? spread : sql`p.events`}))::bigint end as total
      from counted c, since s, planned p, allowed)`;
}

/** Up to when the log is sealed, null before the first seal, and by how many seals. */
export type SealState = { until: string | null; count: number };

export function readSealState(
  deps: Pick<Deps, "db" | "clock">,
  actor: Actor,
): Promise<SealState | undefined> {
  return runAs(
    deps,
    actor,
    sql`last as (select s.number, s.window_end from auth.audit_seals s order by s.number desc limit 1),
    result as (
      select (select ${wireTime(sql`l.window_end`)} from last l) as until,
        coalesce((select l.number from last l), 0)::int as count from allowed)`,
  );
}
