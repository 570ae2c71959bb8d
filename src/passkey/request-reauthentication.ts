import type { Actor } from "../access/run-as.ts";
import type { SessionId, UserId } from "../ids.ts";
import type { Deps } from "../ports.ts";
import { existing } from "../problems.ts";
import { readHolder } from "./queries.ts";
import { type RequestOptions, requestAssertion } from "./request-assertion.ts";

/**
 * What a `passkey_reauthentication` is bound to.
 * @public
 */
export type ReauthenticationBound = {
  readonly userId: UserId;
  readonly sessionId: SessionId;
  readonly epoch: number;
};

/**
 * Options to authenticate again by a passkey, in the session that asks.
 * @throws Problem `not_found` when the caller has none.
 * @public
 */
export async function requestReauthentication(
  deps: Pick<Deps, "db" | "clock" | "random" | "keys" | "config">,
  actor: Actor,
): Promise<RequestOptions> {
  const { epoch, credentials } = existing(await readHolder(deps, actor));
  existing(credentials[0]);
  const bound: ReauthenticationBound = { userId: actor.userId, sessionId: actor.sessionId, epoch };
  return requestAssertion(deps, "passkey_reauthentication", bound, credentials);
}
