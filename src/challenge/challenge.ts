import { base64url } from "jose";
import { newId } from "../ids.ts";
import type { MacKeys } from "../lib/mac.ts";
import { isTag, sealingKey, tagOf } from "../lib/seal.ts";
import type { Deps } from "../ports.ts";

/**
 * What a challenge is the next step of. One that was made for another step opens nothing.
 * @public
 */
export type ChallengePurpose =
  | "mfa"
  | "passkey_sign_in"
  | "passkey_second_factor"
  | "passkey_reauthentication"
  | "passkey_registration"
  | "passkey_setup"
  | "setup"
  | "trusted_device"
  | "impersonation";

/**
 * A step in progress, as the client carries it. `expiresAt` is in Unix seconds; `bound` is what the step is about.
 * @public
 */
export type Challenge<Bound = unknown> = {
  readonly id: string;
  readonly expiresAt: number;
  readonly bound: Bound;
};

const pattern = /^([A-Za-z0-9_-]{6})\.([A-Za-z0-9_-]{1,1900})\.([A-Za-z0-9_-]{22})$/;

/**
 * A challenge as `kid.body.tag`: signed and stateless, so that to ask for one costs no statement. `life` is in
 * seconds.
 * @public
 */
export function sealChallenge<Bound>(
  deps: Pick<Deps, "clock" | "random" | "keys">,
  purpose: ChallengePurpose,
  bound: Bound,
  life: number,
): { text: string; challenge: Challenge<Bound> } {
  const expiresAt = Math.floor(deps.clock.now().getTime() / 1000) + life;
  const challenge = { id: newId(deps), expiresAt, bound };
  const body = base64url.encode(JSON.stringify(challenge));
  const { kid, key } = sealingKey(deps.keys.challenge);
  return { text: `${kid}.${body}.${tagOf(key, fields(purpose, body))}`, challenge };
}

/**
 * Reads a challenge of one of `purposes`, without a query; undefined for a forged, foreign or expired one. Whether it was
 * answered already is for its statement to say.
 * @public
 */
export function openChallenge<Bound>(
  keys: MacKeys,
  purposes: readonly ChallengePurpose[],
  text: string,
  now: Date,
): { purpose: ChallengePurpose; challenge: Challenge<Bound> } | undefined {
  const [, kid = "", body = "", tag = ""] = pattern.exec(text) ?? [];
  const key = keys.find((each) => each.kid === kid)?.key;
  const purpose = key && purposes.find((each) => isTag(key, fields(each, body), tag));
  if (!purpose) return undefined;
  const challenge = JSON.parse(new TextDecoder().decode(base64url.decode(body))) as Challenge<Bound>;
  return challenge.expiresAt * 1000 > now.getTime() ? { purpose, challenge } : undefined;
}

function fields(purpose: ChallengePurpose, body: string): string[] {
  return ["challenge", purpose, body];
}
