import type { Config } from "../config.ts";

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

export type PasswordFault = "too_short" | "too_long" | "invalid" | "missing_class" | "contains_identity";

const classes = [/\p{Lu}/u, /\p{Ll}/u, /\p{Nd}/u, /[^\p{Lu}\p{Ll}\p{Nd}]/u];
const shortestIdentity = 4;

/**
 * What is wrong with a new password, or undefined. The password is taken as received: no trimming,
 * no normalisation. `identity` is what it must not contain: the address and the name.
 */
export function findFault(
  policy: PasswordPolicy,
  password: string,
  identity: readonly (string | null | undefined)[],
): PasswordFault | undefined {
  const length = [...password].length;
  if (!password.isWellFormed()) return "invalid";
  if (length > policy.maxLength || new TextEncoder().encode(password).length > policy.maxBytes) {
    return "too_long";
  }
  if (length < policy.minLength) return "too_short";
  const waived = policy.classesWaivedFrom !== null && length >= policy.classesWaivedFrom;
  if (policy.classesRequired && !waived && !classes.every((each) => each.test(password))) {
    return "missing_class";
  }
  const lower = password.toLowerCase();
  const words = identity.flatMap((text) => [text ?? "", ...(text ?? "").split(/[\s@]+/)]);
  const contained = words.some(
    (word) => word.length >= shortestIdentity && lower.includes(word.toLowerCase()),
  );
  return contained ? "contains_identity" : undefined;
}
