import { sql } from "drizzle-orm";
import { boolean, date, index, integer, jsonb, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { users } from "../account/tables.ts";
import { auth, instant } from "../db/columns.ts";

/** @public */
export const sessions = auth.table(
  "sessions",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    clientId: text("client_id").notNull(),
    /** The user's security epoch that the proof behind this session was read under. */
    epoch: integer("epoch").notNull(),
    /** The refresh token that is current; its predecessors are known by being smaller. */
    generation: integer("generation").notNull().default(0),
    rotatedAt: instant("rotated_at").notNull(),
    graceUses: integer("grace_uses").notNull().default(0),
    /** What the last refresh attempt came to: an UPDATE can return new values only. */
    refreshOutcome: text("refresh_outcome"),
    /** Whether the last refresh was the session's first of its day, for the same reason. */
    firstOfDay: boolean("first_of_day").notNull().default(false),
    createdAt: instant("created_at").notNull(),
    lastUsedAt: instant("last_used_at").notNull(),
    expiresAt: instant("expires_at").notNull(),
    /**
     * The day of `expires_at`, to find what expired long ago by: an index on the instant itself, which each refresh changes,
     * would make each write into every index of the table (no heap-only update).
     */
    expiresOn: date("expires_on").generatedAlwaysAs(sql`((expires_at at time zone 'utc')::date)`),
    endedAt: instant("ended_at"),
    endedReason: text("ended_reason"),
    amr: text("amr").array().notNull(),
    acr: text("acr").notNull(),
    authTime: instant("auth_time").notNull(),
    /** The second factor or passkey behind an `acr` of two: when it is removed, that is lost. */
    factorId: uuid("factor_id"),
    ip: text("ip").notNull(),
    network: text("network").notNull(),
    userAgent: text("user_agent"),
    place: jsonb("place"),
  },
  (t) => [
    index("sessions_user_id").on(t.userId, t.id),
    index("sessions_expires_on").on(t.expiresOn),
    index("sessions_ended_at").on(t.endedAt),
  ],
);

/**
 * What a user signs in from: a keyed hash of agent family and network, so that a dump tells neither.
 * @public
 */
export const devices = auth.table(
  "devices",
  {
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    fingerprint: text("fingerprint").notNull(),
    seenAt: instant("seen_at").notNull(),
    /** Whether the last sign-in was the first in a long while: an INSERT can return new values only. */
    unfamiliar: boolean("unfamiliar").notNull().default(true),
  },
  (t) => [primaryKey({ columns: [t.userId, t.fingerprint] }), index("devices_seen_at").on(t.seenAt)],
);
