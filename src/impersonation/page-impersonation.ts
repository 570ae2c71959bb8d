import type { Actor } from "../access/run-as.ts";
import { openChallenge, sealChallenge } from "../challenge/challenge.ts";
import type { SessionId, UserId } from "../ids.ts";
import type { Deps } from "../ports.ts";
import type { Impersonator } from "../token/grant.ts";

const lifeSeconds = 900;

type Bound = { subject: UserId; by: UserId; session: SessionId; subjectEpoch: number };

/**
 * What a page keeps while an operator acts as a user: good for 15 minutes, with the operator's own session only.
 * @public
 */
export function sealImpersonation(
  deps: Pick<Deps, "clock" | "random" | "keys">,
  subject: UserId,
  session: SessionId,
  { userId: by, subjectEpoch }: Impersonator,
): { text: string; lifeSeconds: number } {
  const bound: Bound = { subject, by, session, subjectEpoch };
  return { text: sealChallenge(deps, "impersonation", bound, lifeSeconds).text, lifeSeconds };
}

/** @public */
export function openImpersonation(
  deps: Pick<Deps, "clock" | "keys">,
  text: string,
  own: Pick<Actor, "userId" | "sessionId">,
): Required<Pick<Actor, "userId" | "impersonator">> | undefined {
  const opened = openChallenge<Bound>(deps.keys.challenge, ["impersonation"], text, deps.clock.now());
  if (!opened) return undefined;
  const { id: tokenId, bound } = opened.challenge;
  const { subject, by, session, subjectEpoch } = bound;
  if (by !== own.userId || session !== own.sessionId) return undefined;
  return { userId: subject, impersonator: { userId: by, subjectEpoch, tokenId } };
}
