import { newId, type OutboxId } from "../ids.ts";
import type { EmailAddress } from "../lib/email-address.ts";
import { deliverSoon, type MailDeps } from "../outbox/deliver-mail.ts";
import { type Flow, flowFor, recipientCounters } from "../outbox/request-mail.ts";
import { insertRegistration } from "./sign-up-queries.ts";

/**
 * Notes a sign-up that becomes an account when the mail to its address comes back. Answer and work are
 * the same for an address that has an account: its owner gets a mail that says so.
 */
export async function register(
  deps: MailDeps,
  registration: { email: EmailAddress; name: string | null; passwordHash: string },
): Promise<Flow> {
  const id = newId<OutboxId>(deps);
  const counters = deps.config.throttle
    ? recipientCounters(deps, registration.email.key, "registration")
    : [];
  const { allowed } = await insertRegistration(deps, id, registration, counters);
  if (allowed) deliverSoon(deps, id);
  return flowFor(deps, "email", "registration", id);
}
