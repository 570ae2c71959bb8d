import type { Actor } from "../access/run-as.ts";
import { newId, type OutboxId } from "../ids.ts";
import { parseEmailAddress } from "../lib/email-address.ts";
import { deliverSoon, type MailDeps } from "../outbox/deliver-mail.ts";
import type { Caller } from "../ports.ts";
import { invalidField, Problem } from "../problems.ts";
import { insertInvitation } from "./queries.ts";

export type Invitation = { id: string; email: string; roles: string[]; expires_at: string };

/**
 * Mails an invitation: good once, for seven days, for that address, with roles preset. It works
 * wherever sign-up is not closed.
 * @throws Problem `invalid_fields` for the address or a role that does not exist, `not_allowed` to hand
 * out roles without `roles:assign` or beyond one's own permissions, `email_taken`, `signup_closed`.
 * @public
 */
export async function inviteUser(
  deps: MailDeps,
  caller: Caller,
  actor: Actor,
  input: { email: string; roles: readonly string[] },
): Promise<Invitation> {
  // Nobody could accept it.
  if (deps.config.signup === "closed") throw new Problem("signup_closed");
  const email = parseEmailAddress(input.email, { allowLocalhost: deps.config.environment !== "production" });
  if (!email) throw invalidField("/email", "invalid_email");
  const id = newId<OutboxId>(deps);
  const roles = [...new Set(input.roles)].sort();
  const made = await insertInvitation(deps, caller, actor, { id, email, roles });
  if (!made) throw new Problem("not_found");
  if (made.refused === "unknown_role") throw invalidField("/roles", "invalid");
  if (made.refused) throw new Problem(made.refused);
  deliverSoon(deps, id);
  return { id, email: email.typed, roles, expires_at: made.expires_at };
}
