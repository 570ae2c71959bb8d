import type { Actor } from "../access/run-as.ts";
import { newId, type OutboxId } from "../ids.ts";
import { deliverSoon, type MailDeps } from "../outbox/deliver-mail.ts";
import type { Caller, Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { acceptPassword } from "./accept-password.ts";
import { hashNewPassword } from "./hash-new-password.ts";
import { asOwner } from "./prove-ownership.ts";
import { replacePassword } from "./queries.ts";

/**
 * Changes the caller's own password, ends every other session and tells the owner. Where the account
 * has none, a recent authentication takes its place.
 * @throws Problem `invalid_credentials` for a wrong current password, `throttled`, `invalid_fields`,
 * `reauthentication_required` when there is no password to show and the sign-in is too long ago,
 * `conflict` when the account changed meanwhile.
 */
export async function changePassword(
  deps: MailDeps & Pick<Deps, "passwords" | "isBreached">,
  caller: Caller,
  actor: Actor,
  input: { currentPassword: string | undefined; newPassword: string },
): Promise<void> {
  // What is wrong by itself costs no attempt.
  acceptPassword(deps, "new_password", input.newPassword, []);
  const shown = { field: "current_password", password: input.currentPassword };
  const notice = newId<OutboxId>(deps);
  const changed = await asOwner(deps, actor, shown, async ({ epoch, email, name, throttleKey }) => {
    acceptPassword(deps, "new_password", input.newPassword, [email, name]);
    const passwordHash = await hashNewPassword(deps, "new_password", input.newPassword, "sign-in");
    return replacePassword(deps, caller, actor, { passwordHash, epoch, throttleKey, notice });
  });
  if (!changed) throw new Problem("conflict");
  deliverSoon(deps, notice);
}
