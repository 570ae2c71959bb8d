import { type Factors, secondFactors } from "../access/assurance.ts";
import type { Challenge } from "../challenge/challenge.ts";
import { openChallenge, sealChallenge } from "../challenge/challenge.ts";
import type { UserId } from "../ids.ts";
import type { Deps } from "../ports.ts";
import { Problem } from "../problems.ts";

const life = 600;

/**
 * A sign-in whose first factor was right. It dies with the epoch that factor was read under.
 * @public
 */
export type HalfSignIn = {
  readonly userId: UserId;
  readonly epoch: number;
  /** What the first factor was (RFC 8176). */
  readonly amr: readonly string[];
  /** The login's counter, to be given back when the sign-in succeeds. */
  readonly throttleKey?: string | undefined;
};

/**
 * The refusal that asks for the second factor: its `mfa_token` is good for ten minutes and one sign-in, and opens nothing
 * but that step.
 * @public
 */
export function secondFactorDue(
  deps: Pick<Deps, "clock" | "random" | "keys">,
  half: HalfSignIn,
  factors: Factors,
): Problem {
  const { text } = sealChallenge(deps, "mfa", half, life);
  return new Problem("mfa_required", { mfaToken: text, methods: secondFactors(factors) });
}

/**
 * The sign-in that an `mfa_token` stands for, without a query.
 * @throws Problem `invalid_proof` for a forged, foreign or expired one.
 * @public
 */
export function openSecondStep(deps: Pick<Deps, "clock" | "keys">, mfaToken: string): Challenge<HalfSignIn> {
  const opened = openChallenge<HalfSignIn>(deps.keys.challenge, ["mfa"], mfaToken, deps.clock.now());
  if (!opened) throw new Problem("invalid_proof");
  return opened.challenge;
}
