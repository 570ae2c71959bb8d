import { index, integer, text, uuid } from "drizzle-orm/pg-core";
import { users } from "../account/tables.ts";
import { auth, instant } from "../db/columns.ts";

/**
 * Keys by which programs act for a user: SHA-256 of 256 random bits, never the key.
 * @public
 */
export const apiKeys = auth.table(
  "api_keys",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** The user's `key_epoch` that the key goes with. */
    epoch: integer("epoch").notNull(),
    name: text("name").notNull(),
    /** How the key begins: enough to tell which it is, too little to be it. */
    prefix: text("prefix").notNull(),
    hash: text("hash").notNull(),
    /** Permissions; those count that the user still holds when the key is used. */
    scopes: text("scopes").array().notNull(),
    /** What the user had authenticated with who made it: some roles take two factors. */
    acr: text("acr").notNull(),
    /** The second factor or passkey behind an `acr` of two, as of a session: when it is removed, that is lost. */
    factorId: uuid("factor_id"),
    createdAt: instant("created_at").notNull(),
    /** To the minute. */
    lastUsedAt: instant("last_used_at"),
    expiresAt: instant("expires_at"),
    revokedAt: instant("revoked_at"),
  },
  (t) => [
    index("api_keys_user_id").on(t.userId, t.id),
    index("api_keys_revoked_at").on(t.revokedAt),
    index("api_keys_expires_at").on(t.expiresAt),
  ],
);
