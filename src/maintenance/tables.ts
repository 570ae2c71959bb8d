import { text } from "drizzle-orm/pg-core";
import { auth, instant } from "../db/columns.ts";

/**
 * Periodic work that one process does for all: who takes the lease by its one UPDATE does it.
 * @public
 */
export const leases = auth.table("leases", {
  name: text("name").primaryKey(),
  until: instant("until").notNull(),
});
