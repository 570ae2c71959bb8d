import { sql } from "drizzle-orm";
import { check, index, integer, jsonb, text, uuid } from "drizzle-orm/pg-core";
import { users } from "../account/tables.ts";
import { auth, instant } from "../db/columns.ts";

/**
 * Mail to be sent, written in the statement of the change that causes it. A row with `expires_at` is
 * also the one-time proof that its mail carries: its id is the token's. It holds ids and hashes, never a credential that works.
 * @public
 */
export const outbox = auth.table(
  "outbox",
  {
    id: uuid("id").primaryKey(),
    /** What was asked for; which mail that comes to is decided when it is sent. */
    kind: text("kind").notNull(),
    /** `pending`, `sending` (until `due_at`), `sent`, `skipped` (nobody to send to) or `dead`. */
    state: text("state").notNull().default("pending"),
    email: text("email").notNull(),
    emailKey: text("email_key").notNull(),
    userId: uuid("user_id").references(() => users.id, { onDelete: "set null" }),
    /** The user's security epoch that the proof was issued under. */
    epoch: integer("epoch"),
    sessionId: uuid("session_id"),
    payload: jsonb("payload").notNull().default({}),
    template: text("template"),
    attempts: integer("attempts").notNull().default(0),
    dueAt: instant("due_at").notNull(),
    createdAt: instant("created_at").notNull(),
    deliveredAt: instant("delivered_at"),
    lastError: text("last_error"),
    expiresAt: instant("expires_at"),
    /** Where it went. Not `email`, which is what was asked for: that must not tell who has an account. */
    sentTo: text("sent_to"),
    /** Tries by token, of the few there are; those by code are counted apart, or a stranger with a flow could use up the link. */
    tries: integer("tries").notNull().default(0),
    guesses: integer("guesses").notNull().default(0),
    usedAt: instant("used_at"),
  },
  (t) => [
    check("outbox_state", sql`${t.state} in ('pending', 'sending', 'sent', 'skipped', 'dead')`),
    index("outbox_due").on(t.dueAt).where(sql`state in ('pending', 'sending')`),
    index("outbox_address").on(t.emailKey, t.kind, t.createdAt),
    index("outbox_user").on(t.userId),
    index("outbox_created_at").on(t.createdAt, t.id),
    index("outbox_state").on(t.state, t.id),
    // What is of no use a day after it was good for anything: links and codes, and notices about who is gone.
    index("outbox_short_lived")
      .on(sql`coalesce(expires_at, created_at)`)
      .where(sql`state in ('sent', 'skipped') and (expires_at is not null or user_id is null)`),
  ],
);
