import type { User } from "../account/user.ts";
import { newId, type SessionId, type UserId } from "../ids.ts";
import { parseEmailAddress } from "../lib/email-address.ts";
import { acceptPassword } from "../password/accept-password.ts";
import { refuseBreached } from "../password/refuse-breached.ts";
import type { Caller, Deps } from "../ports.ts";
import { invalidField, Problem } from "../problems.ts";
import type { Counter } from "../throttle/fragments.ts";
import { throttleKey } from "../throttle/keys.ts";
import { unlessBusy } from "../throttle/unless-busy.ts";
import { issueTokens, type TokenResponse } from "../token/issue-tokens.ts";
import { passwordOnly } from "./factors.ts";
import { createAccount, reserveSignUp } from "./queries.ts";

/**
 * Makes an account with the role `user` and signs it in.
 * @throws Problem `invalid_fields` for the address or the password, `email_taken`, `throttled`, or
 * `Busy` when the hashing queue is full.
 */
export async function signUp(
  deps: Pick<Deps, "db" | "clock" | "random" | "config" | "keys" | "passwords" | "isBreached">,
  caller: Caller,
  input: { email: string; password: string; name: string | null },
): Promise<TokenResponse & { user: User }> {
  const { config } = deps;
  const email = parseEmailAddress(input.email, { allowLocalhost: config.environment !== "production" });
  if (!email) throw invalidField("/email", "invalid_email");
  acceptPassword(deps, "password", input.password, [email.typed, input.name]);
  const key = throttleKey(deps, "signup", caller.network);
  const counter: Counter = { name: "network", key, limit: config.limits.signupNetwork };
  const attempt = await reserveSignUp(deps, email.key, config.throttle ? [counter] : []);
  if (!attempt?.allowed) {
    throw new Problem("throttled", { retryAfterSeconds: attempt?.retryAfter ?? 1 });
  }
  if (attempt.taken) throw new Problem("email_taken");
  await refuseBreached(deps, "password", input.password);
  const passwordHash = await unlessBusy(deps, attempt.counted, () =>
    deps.passwords.hash(input.password, "sign-up"),
  );
  const account = { id: newId<UserId>(deps), email, name: input.name, passwordHash };
  const session = { id: newId<SessionId>(deps), ...passwordOnly };
  const created = await createAccount(deps, caller, account, session);
  if (!created) throw new Problem("email_taken");
  return { ...(await issueTokens(deps, created.grant)), user: created.user };
}
