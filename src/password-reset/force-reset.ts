import type { Actor } from "../access/run-as.ts";
import { newId, type OutboxId } from "../ids.ts";
import { deliverSoon, type MailDeps } from "../outbox/deliver-mail.ts";
import type { Caller } from "../ports.ts";
import { Problem } from "../problems.ts";
import { dropPassword } from "./queries.ts";

/**
 * Has a user choose another password: the old one is gone at once, every session ends and a reset link is
 * mailed. Should the link expire, the user asks for another as for a forgotten password.
 * @throws Problem `not_found`, `not_allowed` for a user who may do what the operator may not, `conflict` when
 * someone else changed the user meanwhile.
 * @public
 */
export async function forceReset(deps: MailDeps, caller: Caller, actor: Actor, id: string): Promise<void> {
  const mail = newId<OutboxId>(deps);
  const dropped = await dropPassword(deps, caller, actor, { id, mail });
  if (!dropped) throw new Problem("not_found");
  if (dropped.refused) throw new Problem(dropped.refused);
  deliverSoon(deps, mail);
}
