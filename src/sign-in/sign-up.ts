import type { User } from "../account/user.ts";
import { newId, type OutboxId, type SessionId, type UserId } from "../ids.ts";
import { type EmailAddress, parseEmailAddress } from "../lib/email-address.ts";
import { deliverSoon, type MailDeps } from "../outbox/deliver-mail.ts";
import { type Flow, recipientCounters } from "../outbox/request-mail.ts";
import { acceptPassword } from "../password/accept-password.ts";
import { hashNewPassword } from "../password/hash-new-password.ts";
import type { Caller, Deps } from "../ports.ts";
import { invalidField, Problem } from "../problems.ts";
import type { Counter } from "../throttle/fragments.ts";
import { throttleKey } from "../throttle/keys.ts";
import { unlessBusy } from "../throttle/unless-busy.ts";
import type { Grant } from "../token/grant.ts";
import { acceptInvitation } from "./accept-invitation.ts";
import { passwordOnly } from "./factors.ts";
import { register } from "./register.ts";
import { createAccount, reserveSignUp } from "./sign-up-queries.ts";

export type SignUpInput = {
  readonly email: string;
  readonly password: string;
  readonly name: string | null;
  readonly invitation?: string | undefined;
};

export type SignedUp = { grant: Grant; user: User };

/**
 * Makes an account with the role `user`, signs it in and has its address verified by mail. Where
 * verification is required it answers a flow instead, the same for new and taken addresses, and the
 * account is made by the verification. An invitation verifies the address and brings its roles.
 * @throws Problem `signup_closed`, `invalid_fields` for the address or the password, `email_taken`,
 * `invalid_proof` for the invitation, `throttled`, or `Busy` when the hashing queue is full.
 */
export async function signUp(
  deps: MailDeps & Pick<Deps, "passwords" | "isBreached">,
  caller: Caller,
  input: SignUpInput,
): Promise<SignedUp | Flow> {
  const { config } = deps;
  if (config.signup === "closed") throw new Problem("signup_closed");
  const email = parseEmailAddress(input.email, { allowLocalhost: config.environment !== "production" });
  if (!email) throw invalidField("/email", "invalid_email");
  const { invitation } = input;
  const isOpen = config.signup === "open" && isAllowedDomain(config.signupDomains, email);
  if (invitation === undefined && !isOpen) throw new Problem("signup_closed");
  acceptPassword(deps, "password", input.password, [email.typed, input.name]);
  if (invitation !== undefined) return acceptInvitation(deps, caller, { ...input, email, invitation });
  deps.passwords.refuseWhenFull("sign-up");
  const key = throttleKey(deps, "signup", caller.network);
  const counter: Counter = { name: "network", key, limit: config.limits.signupNetwork };
  const attempt = await reserveSignUp(deps, email.key, config.throttle ? [counter] : []);
  if (!attempt?.allowed) {
    throw new Problem("throttled", { retryAfterSeconds: attempt?.retryAfter ?? 1 });
  }
  const toBeVerified = config.emailVerification === "required";
  if (attempt.taken && !toBeVerified) throw new Problem("email_taken");
  const passwordHash = await unlessBusy(deps, attempt.counted, () =>
    hashNewPassword(deps, "password", input.password, "sign-up"),
  );
  if (toBeVerified) return register(deps, { email, name: input.name, passwordHash });
  const account = { id: newId<UserId>(deps), email, name: input.name, passwordHash };
  const session = { id: newId<SessionId>(deps), ...passwordOnly };
  const verification = newId<OutboxId>(deps);
  const counters = config.throttle ? recipientCounters(deps, email.key, "verify_email") : [];
  const created = await createAccount(deps, caller, { account, session, verification, counters });
  if (!created) throw new Problem("email_taken");
  if (created.mailed) deliverSoon(deps, verification);
  return { grant: created.grant, user: created.user };
}

function isAllowedDomain(domains: readonly string[], { key }: EmailAddress): boolean {
  return domains.length === 0 || domains.includes(key.slice(key.lastIndexOf("@") + 1));
}
