import { newId, type OutboxId } from "../ids.ts";
import { deliverSoon, type MailDeps } from "../outbox/deliver-mail.ts";
import { acceptPassword } from "../password/accept-password.ts";
import { hashNewPassword } from "../password/hash-new-password.ts";
import type { Caller, Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { checkProof, withProof } from "../proof/check-proof.ts";
import { throttleKey } from "../throttle/keys.ts";
import { replaceForgotten } from "./queries.ts";

/**
 * Sets a new password by the token of a mail: a forgotten one, or the first of an account that an operator made.
 * Every session ends, and the owner is told of a change; the address counts as verified, and on an account whose
 * address was not, what was set up before is gone. No session is opened: whatever else signing in takes is still due.
 * @throws Problem `invalid_proof`, `invalid_fields` for the password, or `Busy`: neither costs an attempt, but
 * `breached` does.
 */
export async function resetPassword(
  deps: MailDeps & Pick<Deps, "passwords" | "isBreached">,
  caller: Caller,
  input: { token: string; newPassword: string },
): Promise<void> {
  acceptPassword(deps, "new_password", input.newPassword, []);
  const proof = await checkProof(deps, ["password_reset", "account_invitation"], "email", {
    token: input.token,
  });
  const passwordHash = await withProof(deps, proof, async () => {
    acceptPassword(deps, "new_password", input.newPassword, [proof.account?.email, proof.account?.name]);
    return hashNewPassword(deps, "new_password", input.newPassword, "sign-up");
  });
  const notice = newId<OutboxId>(deps);
  // Guesses at the old password must not keep its owner from using the new one.
  const key = throttleKey(deps, "login-account", proof.emailKey);
  if (!(await replaceForgotten(deps, caller, proof, { passwordHash, notice, throttleKey: key }))) {
    throw new Problem("invalid_proof");
  }
  deliverSoon(deps, notice);
}
