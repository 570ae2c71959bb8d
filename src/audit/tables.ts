import { sql } from "drizzle-orm";
import { index, integer, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { auth, bytea, instant } from "../db/columns.ts";

/**
 * Ids only, append-only, by month in partitions (the migration makes them). No foreign key: an event
 * outlives the account it speaks of.
 * @public
 */
export const auditEvents = auth.table(
  "audit_events",
  {
    id: uuid("id").notNull(),
    occurredAt: instant("occurred_at").notNull(),
    action: text("action").notNull(),
    outcome: text("outcome").notNull(),
    actorId: uuid("actor_id"),
    subjectId: uuid("subject_id"),
    sessionId: uuid("session_id"),
    requestId: text("request_id").notNull(),
    /** SHA-256 over salt and details, so that erasing the details leaves the event whole. */
    detailsHash: bytea("details_hash").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.occurredAt, t.id] }),
    index("audit_events_subject").on(t.subjectId, t.occurredAt, t.id),
    index("audit_events_actor").on(t.actorId, t.occurredAt, t.id),
    index("audit_events_action").on(t.action, t.occurredAt, t.id),
    index("audit_events_refused").on(t.occurredAt, t.id).where(sql`outcome <> 'success'`),
  ],
);

/**
 * What the law lets a person have erased, in partitions of the same months.
 * @public
 */
export const auditDetails = auth.table(
  "audit_details",
  {
    eventId: uuid("event_id").notNull(),
    occurredAt: instant("occurred_at").notNull(),
    salt: bytea("salt").notNull(),
    ip: text("ip"),
    userAgent: text("user_agent"),
    email: text("email"),
    text: text("text"),
  },
  (t) => [
    primaryKey({ columns: [t.occurredAt, t.eventId] }),
    index("audit_details_ip").on(t.ip, t.occurredAt, t.eventId),
  ],
);

/**
 * A chain of signed hashes over the events, one link for each window of time that is over.
 * @public
 */
export const auditSeals = auth.table("audit_seals", {
  /** From 1, without gaps: who inserts a number first has sealed that window. */
  number: integer("number").primaryKey(),
  /** The window: after the end of the one before, up to and with `window_end`, its last event. */
  windowEnd: instant("window_end").notNull(),
  events: integer("events").notNull(),
  rowsHash: bytea("rows_hash").notNull(),
  previousHash: bytea("previous_hash").notNull(),
  hash: bytea("hash").notNull(),
  signature: bytea("signature").notNull(),
  publicKey: bytea("public_key").notNull(),
  sealedAt: instant("sealed_at").notNull(),
});
