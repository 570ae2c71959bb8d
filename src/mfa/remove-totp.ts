import type { Actor } from "../access/run-as.ts";
import { newId, type OutboxId } from "../ids.ts";
import { deliverSoon, type MailDeps } from "../outbox/deliver-mail.ts";
import type { Caller } from "../ports.ts";
import { existing } from "../problems.ts";
import { removeTotp as remove } from "./queries.ts";

/**
 * Removes the caller's authenticator app. Sessions that it made ones of two factors are of one from their next token on;
 * with the last second factor the recovery codes and trusted devices go.
 * @throws Problem `not_found`.
 */
export async function removeTotp(deps: MailDeps, caller: Caller, actor: Actor): Promise<void> {
  const notice = newId<OutboxId>(deps);
  const removed = existing(await remove(deps, caller, actor, notice));
  if (removed.confirmed) deliverSoon(deps, notice);
}
