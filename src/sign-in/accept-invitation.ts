import { newId, type OutboxId, type SessionId, type UserId } from "../ids.ts";
import type { EmailAddress } from "../lib/email-address.ts";
import { hashNewPassword } from "../password/hash-new-password.ts";
import type { Caller, Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { checkProof, withProof } from "../proof/check-proof.ts";
import { passwordOnly } from "./factors.ts";
import type { SignedUp } from "./sign-up.ts";
import { createAccount } from "./sign-up-queries.ts";

/**
 * Makes the account that an invitation is for, its address verified and its roles preset.
 * @throws Problem `invalid_proof`, also for another address than the invited one, `email_taken`.
 */
export async function acceptInvitation(
  deps: Pick<Deps, "db" | "clock" | "random" | "config" | "keys" | "passwords" | "isBreached">,
  caller: Caller,
  input: { email: EmailAddress; password: string; name: string | null; invitation: string },
): Promise<SignedUp> {
  const proof = await checkProof(deps, ["invitation"], "email", { token: input.invitation });
  if (proof.emailKey !== input.email.key) throw new Problem("invalid_proof");
  if (proof.taken) throw new Problem("email_taken");
  const passwordHash = await withProof(deps, proof, () =>
    hashNewPassword(deps, "password", input.password, "sign-up"),
  );
  const account = { id: newId<UserId>(deps), email: input.email, name: input.name, passwordHash };
  const session = { id: newId<SessionId>(deps), ...passwordOnly };
  const verification = newId<OutboxId>(deps);
  const created = await createAccount(deps, caller, {
    account,
    session,
    verification,
    counters: [],
    invitation: proof,
  });
  if (!created) throw new Problem("invalid_proof");
  return { grant: created.grant, user: created.user };
}
