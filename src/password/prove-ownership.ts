import type { Actor } from "../access/run-as.ts";
import { waysBackIn } from "../account/ways-back-in.ts";
import type { Deps } from "../ports.ts";
import { invalidField, Problem } from "../problems.ts";
import { throttleKey } from "../throttle/keys.ts";
import { unlessBusy } from "../throttle/unless-busy.ts";
import { type Credential, reserveOwnPassword } from "./queries.ts";
import { verifyPassword } from "./verify-password.ts";

/**
 * Runs `work` once the caller has shown their own password, or, where the account has none, signed in
 * recently. The attempt is counted before anything is verified. `field` names the password in the reply.
 * @throws Problem `invalid_credentials`, `throttled`, `invalid_fields` when it is missing,
 * `reauthentication_required` when there is no password to show and the sign-in is too long ago.
 * @public
 */
export async function asOwner<T>(
  deps: Pick<Deps, "db" | "clock" | "config" | "keys" | "passwords">,
  actor: Actor,
  shown: { field: string; password: string | undefined },
  work: (credential: Credential & { throttleKey: string }) => Promise<T>,
): Promise<T> {
  const key = throttleKey(deps, "password", actor.userId);
  const { throttle, limits } = deps.config;
  const counter = { name: "account_network", key, limit: limits.loginAccountNetwork } as const;
  const credential = await reserveOwnPassword(deps, actor, throttle ? [counter] : []);
  if (!credential) throw new Problem("invalid_token");
  if (!credential.allowed) {
    throw new Problem("throttled", { retryAfterSeconds: credential.retryAfter ?? 1 });
  }
  return unlessBusy(deps, credential.counted, async () => {
    if (credential.passwordHash === null) {
      if (!credential.fresh) {
        const methods = waysBackIn(deps, { hasPassword: false });
        throw new Problem("reauthentication_required", { methods });
      }
    } else if (shown.password === undefined) {
      throw invalidField(`/${shown.field}`, "required");
    } else if (!(await verifyPassword(deps, shown.password, credential.passwordHash))) {
      throw new Problem("invalid_credentials");
    }
    return work({ ...credential, throttleKey: key });
  });
}
