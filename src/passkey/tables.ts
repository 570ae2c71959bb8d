import { bigint, boolean, index, text, uuid } from "drizzle-orm/pg-core";
import { users } from "../account/tables.ts";
import { auth, instant } from "../db/columns.ts";

/**
 * Passkeys (WebAuthn Level 3 §4, credential record). `users.passkeys` counts them, changed in the same statement.
 * @public
 */
export const passkeys = auth.table(
  "passkeys",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** base64url, as browsers send it. One credential is one account's. */
    credentialId: text("credential_id").notNull().unique(),
    /** base64url of the COSE key. */
    publicKey: text("public_key").notNull(),
    counter: bigint("counter", { mode: "number" }).notNull(),
    transports: text("transports").array().notNull(),
    aaguid: uuid("aaguid").notNull(),
    name: text("name").notNull(),
    /** Whether it may leave its device (flag BE), and whether it has (flag BS). */
    backupEligible: boolean("backup_eligible").notNull(),
    backedUp: boolean("backed_up").notNull(),
    createdAt: instant("created_at").notNull(),
    lastUsedAt: instant("last_used_at"),
  },
  (t) => [index("passkeys_user_id").on(t.userId, t.id)],
);
