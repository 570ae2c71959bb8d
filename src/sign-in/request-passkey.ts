import type { Actor } from "../access/run-as.ts";
import { type RequestOptions, requestAssertion } from "../passkey/request-assertion.ts";
import { requestReauthentication } from "../passkey/request-reauthentication.ts";
import type { Deps } from "../ports.ts";
import { invalidField, Problem } from "../problems.ts";
import { type FirstStep, readSecondFactor } from "./passkey-queries.ts";
import { openSecondStep } from "./second-step.ts";

/**
 * Options for an answer by a passkey: to sign in, which takes no name and costs no statement, so there is no account
 * it could say anything about; as the second step of the sign-in `mfaToken` stands for; or to authenticate again, as
 * `actor`.
 * @throws Problem `invalid_proof` for an `mfaToken` that is no good or of an account without passkeys, `not_found` for
 * an actor without.
 */
export async function requestPasskey(
  deps: Pick<Deps, "db" | "clock" | "random" | "keys" | "config">,
  { mfaToken, actor }: { mfaToken: string | undefined; actor: Actor | undefined },
): Promise<RequestOptions> {
  if (actor) {
    if (mfaToken !== undefined) throw invalidField("/mfa_token", "invalid");
    return requestReauthentication(deps, actor);
  }
  if (mfaToken === undefined) return requestAssertion(deps, "passkey_sign_in", {});
  const challenge = openSecondStep(deps, mfaToken);
  const credentials = await readSecondFactor(deps, challenge);
  if (!credentials?.length) throw new Problem("invalid_proof");
  const { id, expiresAt, bound: half } = challenge;
  const first: FirstStep = { half, step: { id, expiresAt } };
  return requestAssertion(deps, "passkey_second_factor", { first }, credentials);
}
