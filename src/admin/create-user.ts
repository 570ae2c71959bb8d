import type { Actor } from "../access/run-as.ts";
import type { AdminUser } from "../account/user.ts";
import { newId, type OutboxId, type UserId } from "../ids.ts";
import { deliverSoon, type MailDeps } from "../outbox/deliver-mail.ts";
import type { Caller } from "../ports.ts";
import { invalidField } from "../problems.ts";
import { refuseLongClaims } from "../token/claims.ts";
import { readAddress } from "./change-user.ts";
import { insertUser } from "./create-queries.ts";
import { unlessRefused } from "./manage-user.ts";

export type UserInput = {
  readonly email: string;
  readonly email_verified?: boolean | undefined;
  readonly name?: string | null | undefined;
  readonly external_id?: string | null | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly metadata?: Record<string, unknown> | undefined;
  readonly app_metadata?: Record<string, unknown> | undefined;
  readonly invite?: boolean | undefined;
};

/**
 * Makes an account for somebody, whether or not sign-up is open. It has no password: unless `invite` is
 * false its owner is mailed a link, good once within seven days, to choose one. Without it the owner gets
 * in as whoever forgot a password.
 * @throws Problem `email_taken`, `conflict` for an external id that is taken, `not_allowed` for roles that the
 * operator may not give, `invalid_fields` for the address, a role that does not exist, or `invite` without mail.
 */
export async function createUser(
  deps: MailDeps,
  caller: Caller,
  actor: Actor,
  input: UserInput,
): Promise<AdminUser> {
  const mail = deps.config.mail !== undefined;
  if (input.invite && !mail) throw invalidField("/invite", "invalid");
  refuseLongClaims(deps, input.app_metadata);
  const invitation = { id: newId<OutboxId>(deps), wanted: input.invite ?? mail };
  const made = await insertUser(deps, caller, actor, {
    id: newId<UserId>(deps),
    email: readAddress(deps, input.email),
    emailVerified: input.email_verified ?? false,
    name: input.name ?? null,
    externalId: input.external_id ?? null,
    roles: [...new Set(input.roles ?? ["user"])],
    metadata: input.metadata ?? {},
    appMetadata: input.app_metadata ?? {},
    invitation,
  });
  const user = unlessRefused(made);
  if (invitation.wanted) deliverSoon(deps, invitation.id);
  return user;
}
