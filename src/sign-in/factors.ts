import { acr } from "../access/assurance.ts";

/**
 * What a password alone amounts to (RFC 8176; RFC 9470 for `acr`).
 * @public
 */
export const passwordOnly = { amr: ["pwd"], acr: acr.one } as const;

/**
 * How two factors, each by its `amr`, are named together (RFC 8176 §2: `mfa` beside what they were).
 * @public
 */
export function bothOf(first: readonly string[], second: readonly string[]): string[] {
  return [...new Set([...first, ...second].filter((each) => each !== "mfa")), "mfa"];
}
