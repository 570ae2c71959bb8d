import type { Config } from "../config.ts";
import { isCommon } from "./is-common.ts";

/** The rules of a new password, as forms show them. */
export type PasswordPolicy = {
  readonly name: Config["passwordPolicy"];
  readonly minLength: number;
  readonly maxLength: number;
  readonly maxBytes: number;
  /** Upper, lower, digit and one other character; waived from `classesWaivedFrom` characters. */
  readonly classesRequired: boolean;
  readonly classesWaivedFrom: number | null;
};

const bounds = { maxLength: 128, maxBytes: 512 } as const;

const policies: Record<Config["passwordPolicy"], PasswordPolicy> = {
  complexity: { name: "complexity", minLength: 8, ...bounds, classesRequired: true, classesWaivedFrom: 15 },
  // NIST SP 800-63B-4 §3.1.1.2: length alone, for a password that is the only factor.
  nist: { name: "nist", minLength: 15, ...bounds, classesRequired: false, classesWaivedFrom: null },
};

export function passwordPolicy(name: Config["passwordPolicy"]): PasswordPolicy {
  return policies[name];
}

export type PasswordFault =
  | "too_short"
  | "too_long"
  | "invalid"
  | "common_password"
  | "contains_identity"
  | "missing_class";

const classes = [/\p{Lu}/u, /\p{Ll}/u, /\p{Nd}/u, /[^\p{Lu}\p{Ll}\p{Nd}]/u];

/**
 * What is wrong with a new password, or undefined. The password is taken as received: no trimming,
 * no normalisation. `words` is what it must not contain, in lower case. Classes come last: told to add
 * one, people turn a common password or their own name into `Password1!`.
 */
export function findFault(
  policy: PasswordPolicy,
  password: string,
  words: readonly string[],
): PasswordFault | undefined {
  const length = [...password].length;
  if (!password.isWellFormed()) return "invalid";
  if (length > policy.maxLength || new TextEncoder().encode(password).length > policy.maxBytes) {
    return "too_long";
  }
  if (length < policy.minLength) return "too_short";
  if (isCommon(password)) return "common_password";
  const lower = password.toLowerCase();
  if (words.some((word) => lower.includes(word))) return "contains_identity";
  const waived = policy.classesWaivedFrom !== null && length >= policy.classesWaivedFrom;
  const needsClasses = policy.classesRequired && !waived;
  return needsClasses && !classes.every((each) => each.test(password)) ? "missing_class" : undefined;
}
