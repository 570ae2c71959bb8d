import { secondFactors, stepUp } from "../access/assurance.ts";
import type { Actor } from "../access/run-as.ts";
import type { Deps } from "../ports.ts";
import { invalidField, Problem } from "../problems.ts";
import { throttleKey } from "../throttle/keys.ts";
import { unlessBusy } from "../throttle/unless-busy.ts";
import { type Credential, reserveOwnPassword } from "./queries.ts";
import { verifyPassword } from "./verify-password.ts";

/**
 * Runs `work` once the caller has shown their own password. Where the account has a second factor they must have
 * authenticated by it lately as well, and where it has no password, lately is enough. The attempt is counted before anything is verified. `field` names the password in the reply.
 * @throws Problem `invalid_credentials`, `throttled`, `invalid_fields` when it is missing,
 * `reauthentication_required` when the password is not enough or not there, and the last authentication too long ago.
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
    const { factors, fresh } = credential;
    const needsMore = credential.passwordHash === null || secondFactors(factors).length > 0;
    if (needsMore && !fresh) throw stepUp(factors);
    if (credential.passwordHash !== null) {
      if (shown.password === undefined) throw invalidField(`/${shown.field}`, "required");
      if (!(await verifyPassword(deps, shown.password, credential.passwordHash))) {
        throw new Problem("invalid_credentials");
      }
    }
    return work({ ...credential, throttleKey: key });
  });
}
