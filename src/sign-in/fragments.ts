import { type SQL, sql } from "drizzle-orm";
import { recordEvent } from "../audit/fragments.ts";
import { databaseNow } from "../db/database.ts";
import type { OutboxId } from "../ids.ts";
import { type NoticeKind, notifyUser } from "../outbox/fragments.ts";
import type { Caller, Deps } from "../ports.ts";
import {
  countFirstSignIn,
  insertSession,
  type NewSession,
  noticeNewDevice,
  rememberDevice,
} from "../session/fragments.ts";
import { releaseAttempt } from "../throttle/fragments.ts";

/**
 * CTEs that open a session for the locked user of the CTE `owner` when `gate` has its row: `new_session`, the device
 * remembered, its mail `queued`, the event and the count of the day. `method` says in the event what was shown; what
 * is worth a mail by itself replaces the one about a new device.
 * @public
 */
export function openSessionOf(
  deps: Pick<Deps, "clock" | "random" | "config" | "keys">,
  caller: Caller,
  opened: {
    session: NewSession;
    notice: OutboxId;
    gate: SQL;
    method: string;
    /** Counters to be given back. */
    throttleKeys: readonly string[];
    tell?: { kind: NoticeKind; more: SQL } | undefined;
  },
): SQL {
  const now = databaseNow(deps.clock);
  const { notice: id, session, tell } = opened;
  const from = sql`signed_in u`;
  const mail = tell
    ? sql`${rememberDevice(deps, caller, from)},
      ${notifyUser(deps, caller, { id, from, session: sql`${session.id}::uuid`, ...tell })}`
    : noticeNewDevice(deps, caller, { id, session: session.id }, from);
  return sql`signed_in as (
      update auth.users u set last_sign_in_at = ${now} from owner w, ${opened.gate} where u.id = w.id
      returning u.*, w.last_sign_in_at as last_sign_in_before),
    ${insertSession(deps, caller, opened.session, sql`signed_in u`, sql`u.security_epoch`)},
    -- Before what is counted for the day: an attempt locks its counters first as well.
    ${releaseAttempt(opened.throttleKeys, sql`exists (select 1 from signed_in)`)},
    ${mail},
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
