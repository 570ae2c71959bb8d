import type { Actor } from "../access/run-as.ts";
import type { Caller, Deps } from "../ports.ts";
import { invalidField, Problem } from "../problems.ts";
import { throttleKey } from "../throttle/keys.ts";
import { unlessBusy } from "../throttle/unless-busy.ts";
import { acceptPassword } from "./accept-password.ts";
import { type Credential, replacePassword, reserveOwnPassword } from "./queries.ts";
import { refuseBreached } from "./refuse-breached.ts";
import { verifyPassword } from "./verify-password.ts";

/**
 * Changes the caller's own password and ends every other session. Where the account has none, a
 * recent authentication takes its place.
 * @throws Problem `invalid_credentials` for a wrong current password, `throttled`, `invalid_fields`,
 * `reauthentication_required` when there is no password to show and the sign-in is too long ago,
 * `conflict` when the account changed meanwhile.
 */
export async function changePassword(
  deps: Pick<Deps, "db" | "clock" | "random" | "config" | "keys" | "passwords" | "isBreached">,
  caller: Caller,
  actor: Actor,
  input: { currentPassword: string | undefined; newPassword: string },
): Promise<void> {
  const key = throttleKey(deps, "password", actor.userId);
  const { throttle, limits } = deps.config;
  const counter = { name: "account_network", key, limit: limits.loginAccountNetwork } as const;
  // What is wrong by itself costs no attempt.
  acceptPassword(deps, "new_password", input.newPassword, []);
  const credential = await reserveOwnPassword(deps, actor, throttle ? [counter] : []);
  if (!credential) throw new Problem("invalid_token");
  if (!credential.allowed) {
    throw new Problem("throttled", { retryAfterSeconds: credential.retryAfter ?? 1 });
  }
  acceptPassword(deps, "new_password", input.newPassword, [credential.email, credential.name]);
  const passwordHash = await unlessBusy(deps, credential.counted, async () => {
    await proveOwnership(deps, credential, input.currentPassword);
    await refuseBreached(deps, "new_password", input.newPassword);
    return deps.passwords.hash(input.newPassword, "sign-in");
  });
  const change = { passwordHash, epoch: credential.epoch, throttleKey: key };
  if (!(await replacePassword(deps, caller, actor, change))) throw new Problem("conflict");
}

async function proveOwnership(
  deps: Pick<Deps, "passwords">,
  credential: Credential,
  currentPassword: string | undefined,
): Promise<void> {
  if (credential.passwordHash === null) {
    if (!credential.fresh) throw new Problem("reauthentication_required", { methods: [] });
  } else if (currentPassword === undefined) {
    throw invalidField("/current_password", "required");
  } else if (!(await verifyPassword(deps, currentPassword, credential.passwordHash))) {
    throw new Problem("invalid_credentials");
  }
}
