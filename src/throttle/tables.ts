import { index, integer, text } from "drizzle-orm/pg-core";
import { auth, instant } from "../db/columns.ts";

/** @public */
export const throttleWindows = auth.table(
  "throttle_windows",
  {
    /** HMAC of what is limited, so that a dump names neither addresses nor networks. */
    key: text("key").primaryKey(),
    attempts: integer("attempts").notNull(),
    /** Fixed by the first attempt of the window. */
    endsAt: instant("ends_at").notNull(),
  },
  (t) => [index("throttle_windows_ends_at").on(t.endsAt)],
);
