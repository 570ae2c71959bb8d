import { newId, type OutboxId, type SessionId } from "../ids.ts";
import { parseEmailAddress } from "../lib/email-address.ts";
import { deliverSoon, type MailDeps } from "../outbox/deliver-mail.ts";
import { rehashIfStale } from "../password/rehash-if-stale.ts";
import { verifyPassword } from "../password/verify-password.ts";
import type { Caller, Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import type { Counter } from "../throttle/fragments.ts";
import { throttleKey } from "../throttle/keys.ts";
import { unlessBusy } from "../throttle/unless-busy.ts";
import type { Grant } from "../token/grant.ts";
import { passwordOnly } from "./factors.ts";
import { isFamiliar, openSession, recordRefusedLogin, reserveLogin } from "./queries.ts";
import { secondFactorDue } from "./second-step.ts";
import { trustedDevice } from "./trusted-device.ts";

/**
 * Signs a user in by address and password. The attempt is counted before anything is verified, and
 * an unknown address does the same work and gets the same answer as a wrong password. An account
 * whose hash another tool made can differ from both in time, until its first login replaces the hash.
 * @throws Problem `throttled`, `invalid_credentials`, or after the right password `account_suspended`,
 * `email_not_verified` or, unless the device that came along is trusted, `mfa_required`; Busy when the hashing queue is full.
 */
export async function logIn(
  deps: MailDeps & Pick<Deps, "passwords">,
  caller: Caller,
  input: { email: string; password: string; deviceToken?: string | undefined },
): Promise<Grant> {
  const { config } = deps;
  // Of ten times as many sign-ins as can be hashed, nine cost no statement.
  deps.passwords.refuseWhenFull("sign-in");
  const allowLocalhost = config.environment !== "production";
  // An address that cannot exist is looked up all the same, under a key no account can have: its
  // answer must not be quicker.
  const emailKey = parseEmailAddress(input.email, { allowLocalhost })?.key ?? ` ${input.email}`;
  const own = throttleKey(deps, "login", emailKey, caller.network);
  const counters: Counter[] = [
    { name: "account_network", key: own, limit: config.limits.loginAccountNetwork },
    { name: "network", key: throttleKey(deps, "login", caller.network), limit: config.limits.loginNetwork },
    {
      name: "account",
      key: throttleKey(deps, "login-account", emailKey),
      limit: config.limits.loginAccount,
      exempt: isFamiliar(deps, emailKey, caller.network),
    },
  ];
  const attempt = await reserveLogin(deps, emailKey, config.throttle ? counters : []);
  if (!attempt?.allowed) {
    throw new Problem("throttled", { retryAfterSeconds: attempt?.retryAfter ?? 1 });
  }
  const { userId, epoch } = attempt;
  const refuse = async (code: "invalid_credentials" | "account_suspended" | "email_not_verified") => {
    await recordRefusedLogin(deps, caller, { userId, email: input.email, reason: code });
    return new Problem(code);
  };
  const matches = await unlessBusy(deps, attempt.counted, () =>
    verifyPassword(deps, input.password, attempt.passwordHash),
  );
  if (!matches || !userId || epoch === null) throw await refuse("invalid_credentials");
  if (attempt.suspended) throw await refuse("account_suspended");
  if (config.emailVerification === "required" && !attempt.verified) throw await refuse("email_not_verified");
  const session = { id: newId<SessionId>(deps), ...passwordOnly };
  const notice = newId<OutboxId>(deps);
  const rehash = await rehashIfStale(deps, input.password, attempt.passwordHash);
  const device = trustedDevice(deps, input.deviceToken, userId);
  const proof = { userId, epoch, session, throttleKey: own, rehash, device, notice };
  const opened = await openSession(deps, caller, proof);
  // The account changed between the two statements: the password that was checked may be the old one.
  if (!opened) throw new Problem("invalid_credentials");
  if (opened.factors) {
    const half = { userId, epoch, amr: passwordOnly.amr, throttleKey: own };
    throw secondFactorDue(deps, half, opened.factors);
  }
  if (!opened.grant) throw new Problem("invalid_credentials");
  if (opened.noticed) deliverSoon(deps, notice);
  return opened.grant;
}
