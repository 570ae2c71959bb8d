import type { Actor } from "../access/run-as.ts";
import { newId, type OutboxId } from "../ids.ts";
import { deliverSoon, type MailDeps } from "../outbox/deliver-mail.ts";
import type { Caller } from "../ports.ts";
import { existing, Problem } from "../problems.ts";
import { dropFactors } from "./reset-queries.ts";

/**
 * Takes all second factors of a user, who has lost them: every session and sign-in in progress ends, and the user is told.
 * Where there are none nothing happens.
 * @throws Problem `not_found`, `not_allowed` for oneself and for a user who may do what the operator may not, `conflict`
 * when someone else changed the user meanwhile.
 * @public
 */
export async function resetFactors(deps: MailDeps, caller: Caller, actor: Actor, id: string): Promise<void> {
  const notice = newId<OutboxId>(deps);
  const { refused, changed } = existing(await dropFactors(deps, caller, actor, { id, notice }));
  if (refused) throw new Problem(refused);
  if (changed) deliverSoon(deps, notice);
}
