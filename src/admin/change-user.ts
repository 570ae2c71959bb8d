import type { Actor } from "../access/run-as.ts";
import type { AdminUser } from "../account/user.ts";
import { newId, type OutboxId } from "../ids.ts";
import { parseEmailAddress } from "../lib/email-address.ts";
import { violatesUniqueness } from "../lib/postgres-error.ts";
import { deliverSoon, type MailDeps } from "../outbox/deliver-mail.ts";
import type { Caller, Deps } from "../ports.ts";
import { existing, invalidField, Problem } from "../problems.ts";
import { refuseLongClaims } from "../token/claims.ts";
import { changeUser, removeUser, type UserChange } from "./change-queries.ts";
import { refusal, unlessRefused } from "./manage-user.ts";

/**
 * Changes what an operator may change of a user, and answers the user as it now is. A new address counts as
 * verified only when that is said, and the old one is told.
 * @throws Problem `not_found`, `not_allowed` for a user who may do what the operator may not, `email_taken`,
 * `invalid_fields`, `conflict` when someone else changed the user meanwhile.
 */
export async function updateUser(
  deps: MailDeps,
  caller: Caller,
  actor: Actor,
  { id, email: typed, ...rest }: Omit<UserChange, "email"> & { id: string; email?: string | undefined },
): Promise<AdminUser> {
  const email = typed === undefined ? undefined : readAddress(deps, typed);
  refuseLongClaims(deps, rest.app_metadata);
  const notice = newId<OutboxId>(deps);
  const change: UserChange = { ...rest, ...(email && { email }) };
  try {
    const user = unlessRefused(await changeUser(deps, caller, actor, { id, change, notice }));
    if (email) deliverSoon(deps, notice);
    return user;
  } catch (error) {
    if (violatesUniqueness(error)) throw new Problem("email_taken", { cause: error });
    throw error;
  }
}

/** Deletes a user for good, as the owner could. @throws Problem `not_found`, `not_allowed`, `last_admin`, `conflict`. */
export async function deleteUser(
  deps: Pick<Deps, "db" | "clock" | "random">,
  caller: Caller,
  actor: Actor,
  id: string,
): Promise<void> {
  const remove = async () => existing(await removeUser(deps, caller, actor, id));
  const first = await remove();
  // The user may have signed in at that very moment: now the session is seen, and deleted with the rest.
  const { refused } = first.refused === "conflict" ? await remove() : first;
  if (refused) throw refusal(refused);
}

/** @throws Problem `invalid_fields`. */
export function readAddress(deps: Pick<Deps, "config">, typed: string) {
  const email = parseEmailAddress(typed, { allowLocalhost: deps.config.environment !== "production" });
  if (!email) throw invalidField("/email", "invalid_email");
  return email;
}
