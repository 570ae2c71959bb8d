import { index, uuid } from "drizzle-orm/pg-core";
import { auth, instant } from "../db/columns.ts";

/**
 * What verifiers elsewhere must refuse and no other row says: the ids of single tokens, and of sessions, API keys and
 * client secrets that were deleted.
 * @public
 */
export const revocations = auth.table(
  "revocations",
  { id: uuid("id").primaryKey(), revokedAt: instant("revoked_at").notNull() },
  (t) => [index("revocations_revoked_at").on(t.revokedAt)],
);
