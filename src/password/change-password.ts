import type { Actor } from "../access/run-as.ts";
import type { Caller, Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { throttleKey } from "../throttle/keys.ts";
import { acceptPassword } from "./accept-password.ts";
import { replacePassword, reserveOwnPassword } from "./queries.ts";
import { verifyPassword } from "./verify-password.ts";

/**
 * Changes the caller's own password and ends every other session.
 * @throws Problem `invalid_credentials` for a wrong current password, `throttled`, `invalid_fields`,
 * `reauthentication_required` when the account has no password to show, `conflict` when the account
 * changed meanwhile.
 */
export async function changePassword(
  deps: Pick<Deps, "db" | "clock" | "random" | "config" | "keys" | "passwords">,
  caller: Caller,
  actor: Actor,
  input: { currentPassword: string; newPassword: string },
): Promise<void> {
  const key = throttleKey(deps, "password", actor.userId);
  const { throttle, limits } = deps.config;
  const counter = { name: "account_network", key, limit: limits.loginAccountNetwork } as const;
  const credential = await reserveOwnPassword(deps, actor, throttle ? [counter] : []);
  if (!credential) throw new Problem("invalid_token");
  if (!credential.allowed) {
    throw new Problem("throttled", { retryAfterSeconds: credential.retryAfter ?? 1 });
  }
  if (!credential.passwordHash) throw new Problem("reauthentication_required");
  acceptPassword(deps, "new_password", input.newPassword, [credential.email, credential.name]);
  if (!(await verifyPassword(deps, input.currentPassword, credential.passwordHash))) {
    throw new Problem("invalid_credentials");
  }
  const passwordHash = await deps.passwords.hash(input.newPassword, "sign-in");
  const change = { passwordHash, epoch: credential.epoch, throttleKey: key };
  if (!(await replacePassword(deps, caller, actor, change))) throw new Problem("conflict");
}
