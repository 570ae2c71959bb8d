import { type SQL, sql } from "drizzle-orm";
import { counts, permissionsOfRoles, touchAdminRole } from "../access/fragments.ts";
import { recordEvent } from "../audit/fragments.ts";
import { isSpent, spendChallenge } from "../challenge/fragments.ts";
import { databaseNow, queryJson } from "../db/database.ts";
import type { UserId } from "../ids.ts";
import type { EmailAddress } from "../lib/email-address.ts";
import { replaceCodes } from "../mfa/fragments.ts";
import { insertPasskeyRow } from "../passkey/fragments.ts";
import type { NewCredential } from "../passkey/verify-registration.ts";
import type { Caller, Deps } from "../ports.ts";
import { grantJson, insertSession, type NewSession, rememberDevice } from "../session/fragments.ts";
import { countToday } from "../stats/fragments.ts";
import type { Grant } from "../token/grant.ts";
import type { SetupToken } from "./setup-token.ts";

const nobodyAdministers = sql`not exists (select 1 from auth.user_roles ur where ur.role = 'admin')`;

/** Whether the token was not used, and nobody administers yet. */
export async function readOpen(deps: Pick<Deps, "db">, token: SetupToken): Promise<boolean> {
  const open = await queryJson<boolean>(
    deps.db,
    sql`select to_json(${nobodyAdministers} and not ${isSpent(token)}) as result`,
  );
  return open ?? false;
}

export type FirstAdmin = {
  readonly id: UserId;
  readonly email: EmailAddress;
  readonly name: string | null;
  readonly session: NewSession;
  /** Shown in the audit log. */
  readonly by: string;
  readonly proof:
    | { readonly passwordHash: string }
    | {
        readonly passkey: { id: string; credential: NewCredential; name: string };
        readonly codeHashes: readonly string[];
      };
};

/**
 * Uses the token up and makes the account, its roles, its passkey with recovery codes where it has one, its first session
 * and the audit event, unless somebody administers already. Of two at once the second waits at the role, and sees after the
 * wait that it was touched. Undefined: that came first. A taken address changes nothing.
 */
export function insertFirstAdmin(
  deps: Pick<Deps, "db" | "clock" | "random" | "config" | "keys">,
  caller: Caller,
  token: SetupToken,
  { id, email, name, session, by, proof }: FirstAdmin,
): Promise<{ taken: boolean; grant: Grant | null } | undefined> {
  const now = databaseNow(deps.clock);
  const isTaken = sql`exists (select 1 from auth.users where email_key = ${email.key})`;
  const passwordHash = "passwordHash" in proof ? proof.passwordHash : null;
  const counted = sql`(select array_agg(g.role order by g.role)
    from granted g join auth.roles r on r.name = g.role where ${counts(sql`s.acr`)})`;
  return queryJson(
    deps.db,
    sql`with ${touchAdminRole(sql`${nobodyAdministers} and not ${isTaken}`)},
    ${spendChallenge(token, sql`touched`)},
    -- An address or a credential that is taken at this very moment undoes it all, and the link is still good.
    new_user as (
      insert into auth.users (id, email, email_key, email_verified, name, password_hash, passkeys, created_at,
        updated_at, last_sign_in_at)
      select ${id}::uuid, ${email.typed}, ${email.key}, true, ${name}, ${passwordHash}::text,
        ${"passkey" in proof ? 1 : 0}::int, t.now, t.now, t.now
      from spent, (select ${now} as now) t returning *),
    granted as (
      insert into auth.user_roles (user_id, role)
      select u.id, r.role from new_user u, (values ('user'), ('admin')) as r(role) returning role),
    ${passkeyOf(now, proof)}
    ${insertSession(deps, caller, session, sql`new_user u`, sql`u.security_epoch`)},
    ${rememberDevice(deps, caller, sql`new_user u`)},
    ${recordEvent(deps, caller, {
      action: "account.created",
      actor: sql`s.user_id`,
      subject: sql`s.user_id`,
      session: sql`s.id`,
      from: sql`new_session s`,
      text: by,
    })},
    ${countToday(now, "active_users", sql`new_session`)}
    select json_build_object('taken', ${isTaken}, 'grant', (
      select ${grantJson(deps, sql`s`, counted, permissionsOfRoles(counted))} from new_session s)) as result`,
  );
}

function passkeyOf(now: SQL, proof: FirstAdmin["proof"]): SQL {
  if (!("passkey" in proof)) return sql``;
  return sql`added as (${insertPasskeyRow(now, proof.passkey, sql`new_user w`)}),
    ${replaceCodes(now, proof.codeHashes, sql`(select w.id from new_user w) c`)},`;
}
