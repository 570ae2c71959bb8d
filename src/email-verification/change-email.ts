import type { Actor } from "../access/run-as.ts";
import { newId, type OutboxId } from "../ids.ts";
import { parseEmailAddress } from "../lib/email-address.ts";
import { deliverSoon, type MailDeps } from "../outbox/deliver-mail.ts";
import { type Flow, flowFor, recipientCounters } from "../outbox/request-mail.ts";
import { asOwner } from "../password/prove-ownership.ts";
import type { Caller, Deps } from "../ports.ts";
import { invalidField, Problem } from "../problems.ts";
import { requestChange } from "./queries.ts";

/**
 * Asks for another address. It takes effect when a proof mailed to the new address comes back; the
 * answer does not say whether that address has an account.
 * @throws Problem `invalid_fields`, and those of proving that one owns the account.
 */
export async function changeEmail(
  deps: MailDeps & Pick<Deps, "passwords">,
  caller: Caller,
  actor: Actor,
  input: { newEmail: string; password: string | undefined },
): Promise<Flow> {
  const email = parseEmailAddress(input.newEmail, {
    allowLocalhost: deps.config.environment !== "production",
  });
  if (!email) throw invalidField("/new_email", "invalid_email");
  const id = newId<OutboxId>(deps);
  const counters = deps.config.throttle ? recipientCounters(deps, email.key, "change_email") : [];
  const shown = { field: "password", password: input.password };
  const asked = await asOwner(deps, actor, shown, ({ epoch }) =>
    requestChange(deps, caller, actor, { id, email, epoch, counters }),
  );
  if (!asked) throw new Problem("conflict");
  if (asked.allowed) deliverSoon(deps, id);
  return flowFor(deps, "email", "change_email", id);
}
