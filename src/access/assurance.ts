import { Problem } from "../problems.ts";

/**
 * How much an authentication amounts to (RFC 9470 `acr`): one factor, or two, which a passkey is by itself where it
 * verifies the user.
 * @public
 */
export const acr = { one: "urn:gatehouse:acr:1", two: "urn:gatehouse:acr:2" } as const;

/**
 * What an account can authenticate with, as a statement read it.
 * @public
 */
export type Factors = {
  readonly password: boolean;
  readonly totp: boolean;
  readonly passkey: boolean;
  readonly recoveryCode: boolean;
};

/** @public */
export type SecondFactor = "totp" | "passkey" | "recovery_code";

/**
 * Ways to authenticate again.
 * @public
 */
export type Method = SecondFactor | "password" | "email_code";

/**
 * The second factors of an account. A recovery code stands in for another and is none by itself.
 * @public
 */
export function secondFactors({ totp, passkey, recoveryCode }: Factors): SecondFactor[] {
  if (!totp && !passkey) return [];
  return [
    ...(totp ? ["totp" as const] : []),
    ...(passkey ? ["passkey" as const] : []),
    ...(recoveryCode ? ["recovery_code" as const] : []),
  ];
}

/**
 * By what the owner of an account can authenticate again: the strongest there is, and nothing weaker beside it.
 * @public
 */
export function waysBackIn(factors: Factors): Method[] {
  const second = secondFactors(factors);
  if (second.length > 0) return second;
  return [factors.password ? "password" : "email_code"];
}

/**
 * RFC 9470 §3: the caller has to authenticate again, up to a level that their account can reach or that a role asks for,
 * and by what.
 * @public
 */
export function stepUp(factors: Factors, { twoNeeded = false } = {}): Problem {
  const second = secondFactors(factors);
  const isTwo = twoNeeded || second.length > 0;
  const methods = isTwo ? second : waysBackIn(factors);
  return new Problem("reauthentication_required", { methods, acr: isTwo ? acr.two : acr.one });
}
