import { index, jsonb, text, uuid } from "drizzle-orm/pg-core";
import { auth, instant } from "../db/columns.ts";

/**
 * Services that act by themselves (RFC 6749 §4.4), as an operator registered them.
 * @public
 */
export const clients = auth.table("clients", {
  id: uuid("id").primaryKey(),
  name: text("name").notNull(),
  /** How it authenticates, and no other way (RFC 7591 §2 `token_endpoint_auth_method`). */
  authMethod: text("auth_method").notNull(),
  /** All it may ask for. Those that are permissions count on our own routes. */
  scopes: text("scopes").array().notNull(),
  /** Whom its tokens may be for (RFC 8707); the first unless it names another. */
  audiences: text("audiences").array().notNull(),
  /** Public keys, where it signs assertions (RFC 7523). */
  jwks: jsonb("jwks"),
  /** The `sid` of the tokens that these keys bring: another with other keys, so that they end with them. */
  keysId: uuid("keys_id"),
  createdAt: instant("created_at").notNull(),
  updatedAt: instant("updated_at").notNull(),
});

/**
 * SHA-256 of the secrets of clients, at most two each, so that one can be replaced while it is in use.
 * @public
 */
export const clientSecrets = auth.table(
  "client_secrets",
  {
    /** The `sid` of the tokens it brings: they end with it. */
    id: uuid("id").primaryKey(),
    clientId: uuid("client_id")
      .notNull()
      .references(() => clients.id, { onDelete: "cascade" }),
    hash: text("hash").notNull(),
    createdAt: instant("created_at").notNull(),
    /** To the minute. */
    lastUsedAt: instant("last_used_at"),
  },
  (t) => [index("client_secrets_client_id").on(t.clientId)],
);
