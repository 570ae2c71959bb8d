import type { SignatureAlgorithm } from "../src/config.ts";
import type { DatedJwk } from "./secrets.ts";

/** The `max-age` of jwks.json twice: a cache in front of us, and then a verifier's own. */
const publishWait = 600;
/** What clocks may differ by; verifiers forgive as much. */
export const clockTolerance = 60;

/** Times are Unix seconds. */
export type SigningDecision =
  /** A key of this date is to be added at the end; signing by it may come at `nextAt`. */
  | { readonly step: "publish"; readonly madeAt: number; readonly nextAt: number }
  /** The set as it is to be; after `sign`, the old keys may go at `nextAt`. */
  | { readonly step: "sign" | "retire"; readonly keys: readonly DatedJwk[]; readonly nextAt?: number }
  | { readonly step: "sign" | "retire"; readonly notBefore: number };

/**
 * The next step of a rotation of the keys that sign access tokens, by the set alone: the newest key of the algorithm is
 * published behind the others, then put first, then left alone. Keys of other algorithms stay where they are.
 */
export function decideSigning(
  keys: readonly DatedJwk[],
  { alg, accessLife, now }: { alg: SignatureAlgorithm; accessLife: number; now: number },
): SigningDecision {
  const own = keys.filter((jwk) => jwk.alg === alg);
  const dates = own.map(({ iat }) => momentOf(iat));
  const newestAt = Math.max(...dates);
  const newest = own[dates.indexOf(newestAt)];
  if (own.length < 2 || newestAt === undated || !newest) {
    // Later than the others even where clocks differ: what is newest must never be in doubt.
    const madeAt = Math.max(now, newestAt + 1);
    return { step: "publish", madeAt, nextAt: madeAt + publishWait };
  }
  if (newest !== own[0]) {
    const notBefore = newestAt + publishWait;
    if (now < notBefore) return { step: "sign", notBefore };
    const others = keys.filter((jwk) => jwk !== newest);
    const signing = { ...newest, signs_since: now };
    return { step: "sign", keys: [signing, ...others], nextAt: now + accessLife + clockTolerance };
  }
  // A set that was put in order by hand does not say since when.
  const signsSince = Math.max(momentOf(newest.signs_since), newestAt + publishWait);
  const notBefore = signsSince + accessLife + clockTolerance;
  if (now < notBefore) return { step: "retire", notBefore };
  return { step: "retire", keys: keys.filter((jwk) => jwk === newest || jwk.alg !== alg) };
}

const undated = Number.NEGATIVE_INFINITY;

/** A key without a date is older than any with one. */
function momentOf(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : undated;
}

export const secretSteps = ["publish", "sign", "retire"] as const;
export type SecretStep = (typeof secretSteps)[number];

/** The values to set, an empty one for a variable to unset; or why not. */
export type SecretDecision =
  | { readonly current?: string; readonly previous: string }
  | { readonly refused: "under way" | "not begun" };

/**
 * A step of a rotation of a secret, which has no date, so the step is named. What is in `…_PREVIOUS` verifies and opens
 * but signs nothing, so that is where a new secret goes first and an old one last.
 */
export function decideSecret(
  step: SecretStep,
  { current, previous }: { current: string; previous: string | undefined },
  fresh: () => string,
): SecretDecision {
  if (step === "publish") return previous ? { refused: "under way" } : { previous: fresh() };
  if (!previous) return { refused: "not begun" };
  return step === "sign" ? { current: previous, previous: current } : { previous: "" };
}
