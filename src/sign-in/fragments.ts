import { type SQL, sql } from "drizzle-orm";
import { recordEvent } from "../audit/fragments.ts";
import { databaseNow } from "../db/database.ts";
import type { OutboxId } from "../ids.ts";
import type { Caller, Deps } from "../ports.ts";
import { countFirstSignIn, insertSession, type NewSession, noticeNewDevice } from "../session/fragments.ts";

/**
 * CTEs that open a session for the locked user of the CTE `owner` when `gate` has its row: `new_session`, the device
 * remembered, its mail `queued`, the event and the count of the day. `method` says in the event what was shown.
 * @public
 */
export function openSessionOf(
  deps: Pick<Deps, "clock" | "random" | "config" | "keys">,
  caller: Caller,
  opened: { session: NewSession; notice: OutboxId; gate: SQL; method: string },
): SQL {
  const now = databaseNow(deps.clock);
  return sql`signed_in as (
      update auth.users u set last_sign_in_at = ${now} from owner w, ${opened.gate} where u.id = w.id
      returning u.*, w.last_sign_in_at as last_sign_in_before),
    ${insertSession(deps, caller, opened.session, sql`signed_in u`, sql`u.security_epoch`)},
    ${noticeNewDevice(deps, caller, { id: opened.notice, session: opened.session.id }, sql`signed_in u`)},
    ${recordEvent(deps, caller, {
      action: "login.succeeded",
      actor: sql`s.user_id`,
      subject: sql`s.user_id`,
      session: sql`s.id`,
      from: sql`new_session s`,
      text: opened.method,
    })},
    ${countFirstSignIn(now, sql`signed_in u`, sql`u.last_sign_in_before`)}`;
}
