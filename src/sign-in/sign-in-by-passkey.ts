import type { AuthenticationResponseJSON } from "@simplewebauthn/server";
import { acr } from "../access/assurance.ts";
import { newId, type OutboxId, type SessionId } from "../ids.ts";
import { deliverSoon, type MailDeps } from "../outbox/deliver-mail.ts";
import { openCeremony } from "../passkey/request-assertion.ts";
import { verifyAssertion } from "../passkey/verify-assertion.ts";
import type { Caller } from "../ports.ts";
import { Problem } from "../problems.ts";
import type { Counter } from "../throttle/fragments.ts";
import { throttleKey } from "../throttle/keys.ts";
import type { Grant } from "../token/grant.ts";
import { bothOf } from "./factors.ts";
import { type FirstStep, openSessionByPasskey, reservePasskey } from "./passkey-queries.ts";
import { recordRefusedLogin } from "./queries.ts";

/**
 * Signs a user in by a passkey: whoever it says it is the passkey of, or the user of a first step. A passkey that
 * verified its user is two factors by itself.
 * @throws Problem `throttled`; `invalid_proof` for an answer that is wrong, late, used or by another's passkey; with
 * a right one `account_suspended` or `email_not_verified`.
 */
export async function signInByPasskey(
  deps: MailDeps,
  caller: Caller,
  input: { flowId: string; response: AuthenticationResponseJSON },
): Promise<Grant> {
  const { config } = deps;
  const purposes = ["passkey_sign_in", "passkey_second_factor"] as const;
  const { flow } = openCeremony<{ first?: FirstStep }>(deps, purposes, input.flowId);
  const { challenge, first } = flow.bound;
  if (first && first.step.expiresAt * 1000 <= deps.clock.now().getTime()) throw new Problem("invalid_proof");
  const key = throttleKey(deps, "passkey", caller.network);
  const counter: Counter = { name: "network", key, limit: config.limits.loginNetwork };
  const attempt = await reservePasskey(deps, input.response.id, config.throttle ? [counter] : []);
  if (!attempt?.allowed) {
    throw new Problem("throttled", { retryAfterSeconds: attempt?.retryAfter ?? 1 });
  }
  const { passkey, epoch } = attempt;
  const userId = first?.half.userId ?? passkey?.userId;
  if (!userId) throw new Problem("invalid_proof");
  const refuse = async (code: "invalid_proof" | "account_suspended" | "email_not_verified") => {
    const reason = code === "invalid_proof" ? "passkey" : code;
    await recordRefusedLogin(deps, caller, { userId, reason });
    return new Problem(code);
  };
  const handle = first ? "may name the user" : "names the user";
  const assertion =
    passkey?.userId === userId &&
    (await verifyAssertion(config.passkey, challenge, input.response, passkey, handle));
  if (!assertion || epoch === null) throw await refuse("invalid_proof");
  if (attempt.suspended) throw await refuse("account_suspended");
  if (config.emailVerification === "required" && !attempt.verified) throw await refuse("email_not_verified");
  const session = {
    id: newId<SessionId>(deps),
    amr: first ? bothOf(first.half.amr, assertion.amr) : assertion.amr,
    acr: acr.two,
    factorId: assertion.passkeyId,
  };
  const notice = newId<OutboxId>(deps);
  const proof = { userId, epoch: first?.half.epoch ?? epoch, flow, first, assertion, session, notice };
  const opened = await openSessionByPasskey(deps, caller, proof);
  // The answer was used already, or the account changed between the two statements.
  if (!opened) throw new Problem("invalid_proof");
  if (opened.noticed) deliverSoon(deps, notice);
  return opened.grant;
}
