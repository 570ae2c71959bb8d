import type { User } from "../account/user.ts";
import { newId, type OutboxId, type UserId } from "../ids.ts";
import { deliverSoon, type MailDeps } from "../outbox/deliver-mail.ts";
import { acceptPassword } from "../password/accept-password.ts";
import { hashNewPassword } from "../password/hash-new-password.ts";
import { verifyPassword } from "../password/verify-password.ts";
import type { Caller, Deps } from "../ports.ts";
import { invalidField, Problem } from "../problems.ts";
import { checkProof, type Presented, type Proof, withProof } from "../proof/check-proof.ts";
import type { SessionClaims } from "../token/access-claims.ts";
import { confirmAddress, confirmChange, createRegistered, takeOver } from "./queries.ts";

type Needs = MailDeps & Pick<Deps, "passwords" | "isBreached">;

/** What is shown beside the proof: that one is the account's owner, or what password it shall have. */
type Companion = {
  readonly session: SessionClaims | undefined;
  readonly password: string | undefined;
  readonly newPassword: string | undefined;
};

/**
 * Verifies an address by a mailed proof. Whoever reads the mail need not be who signed up, so the proof
 * alone decides nothing: with the account's session or password the address is confirmed; with a new
 * password an unverified account is taken over, and what was set up before is gone. In required mode
 * the registration becomes the account: with its password, with a new one, or by its code in the
 * browser that signed up.
 * @throws Problem `invalid_proof`, `invalid_credentials` for a wrong password, `invalid_fields`,
 * `email_taken` when a new address was taken meanwhile, or `Busy`.
 */
export async function verifyEmail(
  deps: Needs,
  caller: Caller,
  presented: Presented,
  companion: Companion,
): Promise<User> {
  const kinds = ["verify_email", "registration", "change_email"] as const;
  const { session, password, newPassword } = companion;
  if (newPassword !== undefined) acceptPassword(deps, "new_password", newPassword, []);
  const proof = await checkProof(deps, kinds, "email", presented, session);
  const verified = await withProof(deps, proof, async () => {
    if (!proof.account) return register(deps, caller, proof, companion);
    if (session && !proof.signedIn) throw new Problem("invalid_proof");
    const isOwner = proof.signedIn || (password !== undefined && (await owns(deps, proof, password)));
    if (isOwner && proof.kind === "verify_email") return confirmAddress(deps, caller, proof);
    // A new address may be a stranger's: the one who reads its mail does not own the account.
    if (!isOwner && proof.kind === "change_email") throw invalidField("/password", "required");
    const notice = newId<OutboxId>(deps);
    const changed = isOwner
      ? await confirmChange(deps, caller, proof, notice)
      : await takeOver(deps, caller, proof, {
          passwordHash: await hashNew(deps, proof, newPassword),
          notice,
        });
    if (changed) deliverSoon(deps, notice);
    return changed;
  });
  if (!verified) throw new Problem("invalid_proof");
  return verified;
}

/** The pending registration becomes an account. */
async function register(
  deps: Needs,
  caller: Caller,
  proof: Proof,
  { password, newPassword }: Companion,
): Promise<User | undefined> {
  const pending = proof.payload.passwordHash;
  if (!pending) throw new Problem("invalid_proof");
  const ownFlow = proof.kind === "registration" && proof.by === "guesses";
  const known = ownFlow || (password !== undefined && (await owns(deps, proof, password)));
  const passwordHash = known ? pending : await hashNew(deps, proof, newPassword);
  const id = newId<UserId>(deps);
  return createRegistered(deps, caller, proof, { id, passwordHash, name: proof.payload.name ?? null });
}

/** @throws Problem `invalid_credentials`. */
async function owns(deps: Needs, proof: Proof, password: string): Promise<boolean> {
  const hash = proof.account ? proof.account.passwordHash : proof.payload.passwordHash;
  if (await verifyPassword(deps, password, hash)) return true;
  throw new Problem("invalid_credentials");
}

async function hashNew(deps: Needs, proof: Proof, newPassword: string | undefined): Promise<string> {
  if (newPassword === undefined) throw invalidField("/new_password", "required");
  acceptPassword(deps, "new_password", newPassword, [proof.email, proof.account?.name]);
  return hashNewPassword(deps, "new_password", newPassword, "sign-up");
}
