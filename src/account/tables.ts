import { sql } from "drizzle-orm";
import { boolean, check, index, integer, jsonb, text, uuid } from "drizzle-orm/pg-core";
import { auth, instant } from "../db/columns.ts";

/** @public */
export const users = auth.table(
  "users",
  {
    id: uuid("id").primaryKey(),
    /** As typed at signup; mail goes here and nowhere else. */
    email: text("email").notNull(),
    /** Lower-case local part and A-label domain: what an address is unique by. */
    emailKey: text("email_key").notNull().unique(),
    emailVerified: boolean("email_verified").notNull().default(false),
    passwordHash: text("password_hash"),
    name: text("name"),
    locale: text("locale"),
    avatarUrl: text("avatar_url"),
    metadata: jsonb("metadata").notNull().default({}),
    appMetadata: jsonb("app_metadata").notNull().default({}),
    /** What operators search in. Stored, since to make and fold it for every row would take most of a search's time. */
    search: text("search").generatedAlwaysAs(sql`lower(email || E'\\n' || coalesce(name, ''))`),
    externalId: text("external_id").unique(),
    status: text("status").notNull().default("active"),
    suspendedUntil: instant("suspended_until"),
    suspendedReason: text("suspended_reason"),
    /** Raised by whatever must end every session and proof in progress; see the laws. */
    securityEpoch: integer("security_epoch").notNull().default(0),
    /** When the epoch was last raised: what was begun at that very moment is found by it. */
    epochRaisedAt: instant("epoch_raised_at"),
    /** Raised with the epoch where API keys are to end too. */
    keyEpoch: integer("key_epoch").notNull().default(0),
    /**
     * Which second factors there are. Kept here as well, since whoever waits for the lock on this row re-reads it and
     * nothing else: a sign-in must not miss a factor that was set up meanwhile.
     */
    hasTotp: boolean("has_totp").notNull().default(false),
    passkeys: integer("passkeys").notNull().default(0),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
    lastSignInAt: instant("last_sign_in_at"),
  },
  (t) => [
    check("users_passkeys", sql`${t.passkeys} >= 0`),
    check("users_status", sql`${t.status} in ('active', 'suspended')`),
    // One for each sort of the operators' list. Under "C" they serve prefix searches as well.
    index("users_created_at").on(t.createdAt, t.id),
    index("users_email").on(sql`(email_key collate "C")`, t.id),
    index("users_name").on(sql`(lower(coalesce(name, '')) collate "C")`, t.id),
    index("users_last_sign_in_at").on(sql`coalesce(last_sign_in_at, '-infinity')`, t.id),
    // The rare ones, newest first, without reading the others.
    index("users_suspended").on(t.createdAt, t.id).where(sql`status = 'suspended'`),
    index("users_unverified").on(t.createdAt, t.id).where(sql`not email_verified`),
    index("users_epoch_raised_at").on(t.epochRaisedAt).where(sql`epoch_raised_at is not null`),
    index("users_with_factors").on(t.createdAt, t.id).where(sql`has_totp or passkeys > 0`),
  ],
);
