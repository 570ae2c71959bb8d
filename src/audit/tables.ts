import { index, text, uuid } from "drizzle-orm/pg-core";
import { auth, bytea, instant } from "../db/columns.ts";

/**
 * Ids only, append-only. No foreign key: an event outlives the account it speaks of.
 * @public
 */
export const auditEvents = auth.table(
  "audit_events",
  {
    id: uuid("id").primaryKey(),
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
    index("audit_events_subject").on(t.subjectId, t.id),
    index("audit_events_occurred_at").on(t.occurredAt),
  ],
);

/**
 * What the law lets a person have erased.
 * @public
 */
export const auditDetails = auth.table("audit_details", {
  eventId: uuid("event_id").primaryKey(),
  salt: bytea("salt").notNull(),
  ip: text("ip"),
  userAgent: text("user_agent"),
  email: text("email"),
  text: text("text"),
});
