import type { Actor } from "../access/run-as.ts";
import { newId, type OutboxId } from "../ids.ts";
import { deliverSoon, type MailDeps } from "../outbox/deliver-mail.ts";
import type { Caller } from "../ports.ts";
import { existing, Problem } from "../problems.ts";
import { removeTotp as remove } from "./queries.ts";

/**
 * Removes the caller's authenticator app. Sessions that it made ones of two factors are of one from their next token on;
 * with the last second factor the recovery codes and trusted devices go.
 * @throws Problem `not_found`, `conflict` when it was used that very moment.
 */
export async function removeTotp(deps: MailDeps, caller: Caller, actor: Actor): Promise<void> {
  const notice = newId<OutboxId>(deps);
  const { refused, confirmed } = existing(await remove(deps, caller, actor, notice));
  if (refused) throw new Problem(refused);
  if (confirmed) deliverSoon(deps, notice);
}
