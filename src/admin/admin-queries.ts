import { sql } from "drizzle-orm";
import { alwaysTouchAdminRole } from "../access/fragments.ts";
import { recordEvent } from "../audit/fragments.ts";
import { databaseNow, queryJson } from "../db/database.ts";
import type { UserId } from "../ids.ts";
import type { EmailAddress } from "../lib/email-address.ts";
import type { Caller, Deps } from "../ports.ts";

type Needs = Pick<Deps, "db" | "clock" | "random">;

/** Gives the account of an address the role `admin`. Undefined when it has none. */
export function grantAdmin(
  deps: Needs,
  caller: Caller,
  emailKey: string,
): Promise<{ id: string; email: string; verified: boolean } | undefined> {
  return queryJson(
    deps.db,
    sql`with found as (select u.id, u.email, u.email_verified from auth.users u where u.email_key = ${emailKey}),
    granted as (
      insert into auth.user_roles (user_id, role) select f.id, 'admin' from found f
      on conflict do nothing returning user_id),
    ${alwaysTouchAdminRole},
    -- So that an operator's change of the user, under way, sees that the user is another now.
    promoted as (
      update auth.users u set updated_at = ${databaseNow(deps.clock)} from granted g where u.id = g.user_id),
    ${recordEvent(deps, caller, {
      action: "user.roles_changed",
      subject: sql`g.user_id`,
      from: sql`granted g`,
      text: "admin added by admin:create",
    })}
    select json_build_object('id', f.id, 'email', f.email, 'verified', f.email_verified) as result from found f`,
  );
}

/**
 * Makes an account that administers. The operator vouches for its address. Undefined when the address was taken
 * meanwhile.
 */
export function insertAdmin(
  deps: Needs,
  caller: Caller,
  account: { id: UserId; email: EmailAddress; passwordHash: string },
): Promise<{ id: string } | undefined> {
  const now = databaseNow(deps.clock);
  return queryJson(
    deps.db,
    sql`with made as (
      insert into auth.users (id, email, email_key, email_verified, password_hash, created_at, updated_at)
      values (${account.id}::uuid, ${account.email.typed}, ${account.email.key}, true, ${account.passwordHash}, ${now}, ${now})
      on conflict (email_key) do nothing returning id),
    granted as (
      insert into auth.user_roles (user_id, role)
      select m.id, r.role from made m, (values ('user'), ('admin')) as r(role)),
    ${alwaysTouchAdminRole},
    ${recordEvent(deps, caller, {
      action: "account.created",
      subject: sql`m.id`,
      from: sql`made m`,
      text: "by admin:create",
    })}
    select json_build_object('id', m.id) as result from made m`,
  );
}
