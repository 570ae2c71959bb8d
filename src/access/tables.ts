import { boolean, index, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { users } from "../account/tables.ts";
import { auth, instant } from "../db/columns.ts";

/** @public */
export const roles = auth.table("roles", {
  name: text("name").primaryKey(),
  permissions: text("permissions").array().notNull(),
  /** The role counts only in sessions of two factors. */
  mfaRequired: boolean("mfa_required").notNull().default(false),
  createdAt: instant("created_at").notNull(),
});

/** @public */
export const userRoles = auth.table(
  "user_roles",
  {
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    role: text("role")
      .notNull()
      .references(() => roles.name),
  },
  (t) => [primaryKey({ columns: [t.userId, t.role] }), index("user_roles_role").on(t.role, t.userId)],
);
