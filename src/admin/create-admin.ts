import { newId, type UserId } from "../ids.ts";
import { parseEmailAddress } from "../lib/email-address.ts";
import { acceptPassword } from "../password/accept-password.ts";
import { refuseBreached } from "../password/refuse-breached.ts";
import type { Caller, Deps } from "../ports.ts";
import { invalidField, Problem } from "../problems.ts";
import { grantAdmin, insertAdmin } from "./admin-queries.ts";

/** The operator at the terminal, as the audit log names them. */
const operator: Caller = {
  ip: "local",
  network: "local",
  userAgent: "admin:create",
  place: null,
  requestId: "cli",
};

/**
 * Makes the first admin, or any: an existing account is promoted and keeps its password, a new
 * address takes one from `readPassword`.
 * @returns `verified` is false for an existing account whose address nobody has shown to be theirs.
 * @throws Problem `invalid_fields` for the address or the password, `email_taken` when somebody signed up
 * with the address meanwhile.
 * @public
 */
export async function createAdmin(
  deps: Pick<Deps, "db" | "clock" | "random" | "config" | "passwords" | "isBreached">,
  address: string,
  readPassword: () => Promise<string>,
): Promise<{ id: string; email: string; created: boolean; verified: boolean }> {
  const email = parseEmailAddress(address, { allowLocalhost: deps.config.environment !== "production" });
  if (!email) throw invalidField("/email", "invalid_email");
  const promoted = await grantAdmin(deps, operator, email.key);
  if (promoted) return { ...promoted, created: false };
  const password = await readPassword();
  acceptPassword(deps, "password", password, [email.typed]);
  await refuseBreached(deps, "password", password);
  const passwordHash = await deps.passwords.hash(password, "sign-in");
  const account = { id: newId<UserId>(deps), email, passwordHash };
  const made = await insertAdmin(deps, operator, account);
  // Someone signed up with the address while the password was typed: nobody has asked to promote them.
  if (!made) throw new Problem("email_taken");
  return { id: account.id, email: email.typed, created: true, verified: true };
}
