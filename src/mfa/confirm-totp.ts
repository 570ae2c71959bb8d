import type { Actor } from "../access/run-as.ts";
import { newId, type OutboxId } from "../ids.ts";
import { deliverSoon, type MailDeps } from "../outbox/deliver-mail.ts";
import type { Caller } from "../ports.ts";
import { Problem } from "../problems.ts";
import { confirmationCounter } from "./limits.ts";
import { confirmTotp as confirm, reserveConfirmation } from "./queries.ts";
import { newRecoveryCodes } from "./recovery-code.ts";
import { findStep } from "./totp.ts";

/**
 * Makes the enrolled authenticator app count, by a first code of it. The recovery codes in the answer are new, and are
 * not shown again.
 * @throws Problem `not_found` when none waits to be confirmed, `throttled`, `invalid_proof` for a wrong code,
 * `conflict` when the account changed meanwhile.
 */
export async function confirmTotp(
  deps: MailDeps,
  caller: Caller,
  actor: Actor,
  code: string,
): Promise<string[]> {
  const counter = confirmationCounter(deps, actor.userId);
  const waiting = await reserveConfirmation(deps, actor, deps.config.throttle ? [counter] : []);
  if (!waiting?.allowed) throw new Problem("throttled", { retryAfterSeconds: waiting?.retryAfter ?? 1 });
  const { totp, time, epoch } = waiting;
  if (!totp) throw new Problem("not_found");
  const step = await findStep(deps, actor.userId, totp, code, time);
  if (step === undefined) throw new Problem("invalid_proof");
  const { codes, hashes } = newRecoveryCodes(deps);
  const notice = newId<OutboxId>(deps);
  const shown = { id: totp.id, step, epoch, hashes, throttleKey: counter.key, notice };
  if (!(await confirm(deps, caller, actor, shown))) throw new Problem("conflict");
  deliverSoon(deps, notice);
  return codes;
}
