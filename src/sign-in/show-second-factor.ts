import { acr } from "../access/assurance.ts";
import type { Challenge } from "../challenge/challenge.ts";
import { newId, type OutboxId, type SessionId } from "../ids.ts";
import { totpCounter } from "../mfa/limits.ts";
import { hashOfCode } from "../mfa/recovery-code.ts";
import { type FactorMethod, showFactor } from "../mfa/show-factor.ts";
import { deliverSoon, type MailDeps } from "../outbox/deliver-mail.ts";
import type { Caller, Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import type { Counter } from "../throttle/fragments.ts";
import { throttleKey } from "../throttle/keys.ts";
import type { Grant } from "../token/grant.ts";
import { bothOf } from "./factors.ts";
import { recordRefusedLogin } from "./queries.ts";
import { type HalfSignIn, openSecondStep } from "./second-step.ts";
import { finishSecondStep, reserveSecondStep } from "./second-step-queries.ts";
import { newTrust } from "./trusted-device.ts";

const triesOfAChallenge = 5;

/** The session and, where the device is to be trusted, what it shows at the next login. */
export type SignedIn = { grant: Grant; deviceToken: string | undefined };

/**
 * Finishes a sign-in by a code of the authenticator app or a recovery code. The attempt is counted before the code is
 * looked at: five for a sign-in, and of codes that can be guessed twenty for the account in 24 hours. Recovery
 * codes cannot be, so they stay a way in for the owner when the app's guesses are used up.
 * @throws Problem `invalid_proof` for a wrong code, and for an `mfa_token` that is no good or no good any more,
 * `throttled`.
 */
export async function showSecondFactor(
  deps: MailDeps,
  caller: Caller,
  input: { mfaToken: string; method: FactorMethod; code: string; trustDevice: boolean },
): Promise<SignedIn> {
  const challenge = openSecondStep(deps, input.mfaToken);
  const { userId, amr, throttleKey: loginKey } = challenge.bound;
  const counters = countersOf(deps, challenge, input.method);
  const codeHash = input.method === "recovery_code" ? hashOfCode(input.code) : null;
  const attempt = await reserveSecondStep(deps, challenge, codeHash, counters);
  if (!attempt?.open) throw new Problem("invalid_proof");
  if (!attempt.allowed) {
    // Its own five tries are used up: nothing comes of this sign-in any more.
    if (attempt.counted.length === 0) throw new Problem("invalid_proof");
    throw new Problem("throttled", { retryAfterSeconds: attempt.retryAfter ?? 1 });
  }
  const shown = await showFactor(deps, userId, attempt, input);
  const refuse = async () => {
    await recordRefusedLogin(deps, caller, { userId, reason: input.method });
    return new Problem("invalid_proof");
  };
  if (!shown) throw await refuse();
  const session = {
    id: newId<SessionId>(deps),
    acr: acr.two,
    // RFC 8176 has one name for every one-time password.
    amr: bothOf(amr, ["otp"]),
    factorId: shown.method === "totp" ? shown.id : undefined,
  };
  // A recovery code stands in for the factor once, not for a month.
  const trust = input.trustDevice && shown.method === "totp" ? newTrust(deps, userId) : undefined;
  const notice = newId<OutboxId>(deps);
  const finished = await finishSecondStep(deps, caller, challenge, {
    shown,
    session,
    notice,
    trust: trust?.challenge,
    throttleKeys: [loginKey ?? [], input.method === "totp" ? totpCounter(deps, userId).key : []].flat(),
  });
  if (!finished) throw new Problem("invalid_proof");
  if (finished.noticed) deliverSoon(deps, notice);
  return { grant: finished.grant, deviceToken: trust?.text };
}

/** The narrowest first. What the challenge allows is its own, and is counted where no throttle is. */
function countersOf(
  deps: Pick<Deps, "keys" | "config">,
  challenge: Challenge<HalfSignIn>,
  method: FactorMethod,
): Counter[] {
  const own: Counter = {
    name: "challenge",
    key: throttleKey(deps, "mfa", challenge.id),
    limit: { max: triesOfAChallenge, windowSeconds: 900 },
  };
  const isGuessed = method === "totp" && deps.config.throttle;
  return isGuessed ? [own, totpCounter(deps, challenge.bound.userId)] : [own];
}
