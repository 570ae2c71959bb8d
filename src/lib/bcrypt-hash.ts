import type { HashFault } from "./hash-parts.ts";

/**
 * A bcrypt string, cut where the hash begins. `settings` is version, cost and salt.
 * @public
 */
export type BcryptHash = { readonly settings: string; readonly hash: string };

/** 2x is left out: it marks hashes of a faulty implementation. */
const pattern = /^(\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{22})([./A-Za-z0-9]{31})$/;

/** The parts of a bcrypt string of cost 4 to 14, what is wrong, or undefined for any other text. */
export function parseBcrypt(text: string): BcryptHash | HashFault | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const [, settings = "", cost, hash = ""] = match;
  if (Number(cost) > 14) return "hash_too_costly";
  return Number(cost) < 4 ? "invalid_hash" : { settings, hash };
}
