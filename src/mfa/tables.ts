import { sql } from "drizzle-orm";
import { bigint, index, integer, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { users } from "../account/tables.ts";
import { auth, instant } from "../db/columns.ts";

const owner = () =>
  uuid("user_id")
    .notNull()
    .references(() => users.id, { onDelete: "cascade" });

/**
 * A user's authenticator app. Until it is confirmed by a code it counts for nothing, and another replaces it.
 * @public
 */
export const totpFactors = auth.table(
  "totp_factors",
  {
    userId: owner().primaryKey(),
    id: uuid("id").notNull().unique(),
    /** AES-GCM under the key `key_id`, bound to user and factor: base64url of nonce and ciphertext. */
    secret: text("secret").notNull(),
    keyId: text("key_id").notNull(),
    /** The last time step a code of which was taken (RFC 6238 §5.2): it and all before are used up. */
    lastStep: bigint("last_step", { mode: "number" }).notNull().default(0),
    createdAt: instant("created_at").notNull(),
    confirmedAt: instant("confirmed_at"),
  },
  (t) => [index("totp_factors_begun").on(t.createdAt).where(sql`confirmed_at is null`)],
);

/**
 * SHA-256 of 80 random bits each: a fast hash will do for what cannot be guessed.
 * @public
 */
export const recoveryCodes = auth.table(
  "recovery_codes",
  {
    userId: owner(),
    hash: text("hash").notNull(),
    createdAt: instant("created_at").notNull(),
    usedAt: instant("used_at"),
  },
  (t) => [primaryKey({ columns: [t.userId, t.hash] })],
);

/**
 * Where a user asked not to be asked for the second factor again. Good under one security epoch only.
 * @public
 */
export const trustedDevices = auth.table(
  "trusted_devices",
  {
    id: uuid("id").primaryKey(),
    userId: owner(),
    epoch: integer("epoch").notNull(),
    createdAt: instant("created_at").notNull(),
    lastUsedAt: instant("last_used_at").notNull(),
    expiresAt: instant("expires_at").notNull(),
    ip: text("ip").notNull(),
    userAgent: text("user_agent"),
  },
  (t) => [
    index("trusted_devices_user_id").on(t.userId, t.id),
    index("trusted_devices_expires_at").on(t.expiresAt),
  ],
);
