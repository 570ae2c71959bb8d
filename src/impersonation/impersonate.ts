import type { Actor } from "../access/run-as.ts";
import { newId, type OutboxId } from "../ids.ts";
import { deliverSoon, type MailDeps } from "../outbox/deliver-mail.ts";
import type { Caller } from "../ports.ts";
import { Problem } from "../problems.ts";
import type { Grant, Impersonator } from "../token/grant.ts";
import { permitImpersonation } from "./queries.ts";

/** What lets an operator act as a user: the user's, in the operator's session. */
export type Impersonation = { grant: Grant; impersonator: Impersonator };

/**
 * Lets an operator act as a user for 15 minutes, by a token or a cookie alone: it cannot be refreshed, lives as long as the
 * operator's session, permission and the user's epoch do, and names the operator (`act`). It opens only
 * what neither changes how the user signs in nor takes their data away, and nothing of operators.
 * @throws Problem `not_found`, `not_allowed` for a user who holds any permission or is suspended, `conflict` when
 * someone else changed the user meanwhile.
 */
export async function impersonate(
  deps: MailDeps,
  caller: Caller,
  actor: Actor,
  input: { id: string; reason: string },
): Promise<Impersonation> {
  const notice = newId<OutboxId>(deps);
  const permitted = await permitImpersonation(deps, caller, actor, { ...input, notice });
  if (!permitted) throw new Problem("not_found");
  if (permitted.refused || !permitted.grant) throw new Problem(permitted.refused ?? "not_allowed");
  if (deps.config.impersonationNotice === "mail") deliverSoon(deps, notice);
  const impersonator = { userId: actor.userId, subjectEpoch: permitted.subjectEpoch };
  return { grant: { ...permitted.grant, claims: {} }, impersonator };
}
