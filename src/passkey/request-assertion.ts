import { base64url } from "jose";
import {
  type Challenge,
  type ChallengePurpose,
  openChallenge,
  sealChallenge,
} from "../challenge/challenge.ts";
import type { Deps } from "../ports.ts";
import { Problem } from "../problems.ts";

/** How long an answer may take. */
export const ceremonySeconds = 300;

export type AssertionPurpose = Extract<ChallengePurpose, `passkey_${string}`>;

/**
 * A credential that an authenticator may answer by, as `credentialsOf` reads it.
 * @public
 */
export type CredentialDescriptor = { id: string; type: "public-key"; transports: string[] };

/**
 * Options of a `navigator.credentials.get` (WebAuthn Level 3 §5.5), with the flow that the answer comes back with.
 * @public
 */
export type RequestOptions = {
  challenge: string;
  rpId: string;
  timeout: number;
  userVerification: "required";
  allowCredentials?: CredentialDescriptor[];
  flow_id: string;
  expires_in: number;
};

/** A challenge of 32 random bytes (§13.4.3) in a flow that binds it to `bound`. */
export function sealCeremony<Bound extends object>(
  deps: Pick<Deps, "clock" | "random" | "keys">,
  purpose: AssertionPurpose,
  bound: Bound,
  life: number,
): { challenge: string; flow_id: string; expires_in: number } {
  const challenge = base64url.encode(deps.random.bytes(32));
  const { text } = sealChallenge(deps, purpose, { ...bound, challenge }, life);
  return { challenge, flow_id: text, expires_in: life };
}

/**
 * Options for an answer by one of `credentials`, or where none are named by whichever the user picks. Costs no
 * statement; the flow keeps what the answer is about, `bound`, and is good for `purpose` only.
 * @public
 */
export function requestAssertion<Bound extends object>(
  deps: Pick<Deps, "clock" | "random" | "keys" | "config">,
  purpose: AssertionPurpose,
  bound: Bound,
  credentials?: CredentialDescriptor[],
  life: number = ceremonySeconds,
): RequestOptions {
  const { challenge, ...flow } = sealCeremony(deps, purpose, bound, life);
  return {
    challenge,
    rpId: deps.config.passkey.id,
    timeout: life * 1000,
    userVerification: "required",
    ...(credentials && { allowCredentials: credentials }),
    ...flow,
  };
}

/**
 * The ceremony that a flow stands for, without a query, when it is of one of `purposes`. Whether it was answered already is
 * for the statement to say, which spends `flow`.
 * @throws Problem `invalid_proof` for a forged, foreign or expired one.
 * @public
 */
export function openCeremony<Bound extends object>(
  deps: Pick<Deps, "clock" | "keys">,
  purposes: readonly AssertionPurpose[],
  flowId: string,
): { purpose: ChallengePurpose; flow: Challenge<Bound & { challenge: string }> } {
  const now = deps.clock.now();
  const opened = openChallenge<Bound & { challenge: string }>(deps.keys.challenge, purposes, flowId, now);
  if (!opened) throw new Problem("invalid_proof");
  return { purpose: opened.purpose, flow: opened.challenge };
}
