import type { Actor } from "../access/run-as.ts";
import { newId, type OutboxId } from "../ids.ts";
import { parseEmailAddress } from "../lib/email-address.ts";
import { deliverSoon, type MailDeps } from "../outbox/deliver-mail.ts";
import type { Caller, Deps } from "../ports.ts";
import { existing, invalidField, Problem } from "../problems.ts";
import { type BrokenGlass, dropFactors, dropFactorsOfAddress } from "./reset-queries.ts";

/** The operator at the terminal, as the audit log names them. */
const terminal: Caller = {
  ip: "local",
  network: "local",
  userAgent: "users:reset-mfa",
  place: null,
  requestId: "cli",
};

/**
 * Takes all second factors of a user, who has lost them: every session and sign-in in progress ends, and the user is told.
 * Where there are none nothing happens.
 * @throws Problem `not_found`, `not_allowed` for oneself and for a user who may do what the operator may not, `conflict`
 * when someone else changed the user meanwhile.
 */
export async function resetFactors(deps: MailDeps, caller: Caller, actor: Actor, id: string): Promise<void> {
  const notice = newId<OutboxId>(deps);
  const { refused, changed } = existing(await dropFactors(deps, caller, actor, { id, notice }));
  if (refused) throw new Problem(refused);
  if (changed) deliverSoon(deps, notice);
}

/**
 * The same without an operator, where none can sign in any more. The mail is left to whoever delivers for the service.
 * @throws Problem `invalid_fields` for what is no address, `not_found`.
 * @public
 */
export async function breakGlass(
  deps: Pick<Deps, "db" | "clock" | "random" | "config">,
  address: string,
): Promise<BrokenGlass> {
  const email = parseEmailAddress(address, { allowLocalhost: deps.config.environment !== "production" });
  if (!email) throw invalidField("/email", "invalid_email");
  const notice = newId<OutboxId>(deps);
  return existing(await dropFactorsOfAddress(deps, terminal, { emailKey: email.key, notice }));
}
