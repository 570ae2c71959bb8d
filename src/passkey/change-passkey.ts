import type { Actor } from "../access/run-as.ts";
import { newId, type OutboxId } from "../ids.ts";
import { deliverSoon, type MailDeps } from "../outbox/deliver-mail.ts";
import type { Caller, Deps } from "../ports.ts";
import { existing, Problem } from "../problems.ts";
import { deleteOwnPasskey, type Passkey, renameOwnPasskey } from "./queries.ts";

/** Calls one of the caller's passkeys something else. @throws Problem `not_found`, also for another's. */
export async function renamePasskey(
  deps: Pick<Deps, "db" | "clock" | "random">,
  caller: Caller,
  actor: Actor,
  input: { id: string; name: string },
): Promise<Passkey> {
  return existing(await renameOwnPasskey(deps, caller, actor, input));
}

/**
 * Removes one of the caller's passkeys, and tells the owner. What sessions had by it they have no more.
 * @throws Problem `not_found`, also for another's; `conflict` when it is the only way into the account, or was used
 * that very moment.
 */
export async function removePasskey(deps: MailDeps, caller: Caller, actor: Actor, id: string): Promise<void> {
  const notice = newId<OutboxId>(deps);
  const { refused } = existing(await deleteOwnPasskey(deps, caller, actor, { id, notice }));
  if (refused) throw new Problem(refused);
  deliverSoon(deps, notice);
}
