import { index, uuid } from "drizzle-orm/pg-core";
import { auth, instant } from "../db/columns.ts";

/**
 * Challenges that were answered, until they would have expired anyway. One that is asked for writes nothing, so
 * strangers cannot fill this.
 * @public
 */
export const spentChallenges = auth.table(
  "spent_challenges",
  { id: uuid("id").primaryKey(), expiresAt: instant("expires_at").notNull() },
  (t) => [index("spent_challenges_expires_at").on(t.expiresAt)],
);
