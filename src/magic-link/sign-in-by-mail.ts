import { acr } from "../access/assurance.ts";
import { newId, type OutboxId, type SessionId } from "../ids.ts";
import { deliverSoon, type MailDeps } from "../outbox/deliver-mail.ts";
import type { Caller } from "../ports.ts";
import { Problem } from "../problems.ts";
import { checkProof, type Presented } from "../proof/check-proof.ts";
import { secondFactorDue } from "../sign-in/second-step.ts";
import type { Grant } from "../token/grant.ts";
import { openSessionByMail } from "./queries.ts";

/**
 * Signs in by the token or the code of a mail, with the flow that asked for it: a link that is opened
 * elsewhere signs nobody in. The address counts as verified; on an account whose address was not,
 * password and sessions set up before are gone.
 * @throws Problem `invalid_proof`, or with a right one `account_suspended` or `mfa_required`.
 */
export async function signInByMail(
  deps: MailDeps,
  caller: Caller,
  presented: Presented & { flowId: string },
): Promise<Grant> {
  const proof = await checkProof(deps, ["magic_link"], "magic_link", presented);
  if (proof.account?.suspended) throw new Problem("account_suspended");
  // RFC 8176: a one-time password, here one that was mailed.
  const session = { id: newId<SessionId>(deps), amr: ["otp"], acr: acr.one };
  const notice = newId<OutboxId>(deps);
  const opened = await openSessionByMail(deps, caller, proof, { session, notice });
  if (!opened) throw new Problem("invalid_proof");
  if (opened.factors) {
    const half = { userId: opened.userId, epoch: opened.epoch, amr: session.amr };
    throw secondFactorDue(deps, half, opened.factors);
  }
  if (!opened.grant) throw new Problem("invalid_proof");
  if (opened.noticed) deliverSoon(deps, notice);
  return opened.grant;
}
