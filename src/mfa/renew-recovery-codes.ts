import type { Actor } from "../access/run-as.ts";
import { newId, type OutboxId } from "../ids.ts";
import { deliverSoon, type MailDeps } from "../outbox/deliver-mail.ts";
import type { Caller } from "../ports.ts";
import { Problem } from "../problems.ts";
import { replaceRecoveryCodes } from "./queries.ts";
import { newRecoveryCodes } from "./recovery-code.ts";

/**
 * Ten new recovery codes; the old ones are void. They are not shown again.
 * @throws Problem `conflict` where there is no second factor for them to stand in for.
 */
export async function renewRecoveryCodes(deps: MailDeps, caller: Caller, actor: Actor): Promise<string[]> {
  const { codes, hashes } = newRecoveryCodes(deps);
  const notice = newId<OutboxId>(deps);
  if (!(await replaceRecoveryCodes(deps, caller, actor, { hashes, notice }))) throw new Problem("conflict");
  deliverSoon(deps, notice);
  return codes;
}
