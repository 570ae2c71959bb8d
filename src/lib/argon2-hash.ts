import { areSound, digits, fromBase64, type HashFault } from "./hash-parts.ts";

/**
 * The fields of an Argon2 PHC string of version 0x13 (RFC 9106).
 * @public
 */
export type Argon2Hash = {
  readonly variant: "argon2i" | "argon2id";
  readonly memoryKiB: number;
  readonly passes: number;
  readonly lanes: number;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
};

const pattern = new RegExp(
  `^\\$(argon2id?)\\$v=19\\$m=${digits},t=${digits},p=${digits}\\$([A-Za-z0-9+/]+)\\$([A-Za-z0-9+/]+)$`,
);

/**
 * The fields, what is wrong with them, or undefined for what is not argon2i or argon2id. Taken: at
 * most 64 MiB, 4 lanes and 4 passes, or 5 in up to 7 MiB, which is OWASP's smallest set and what
 * Keycloak writes.
 */
export function parseArgon2(text: string): Argon2Hash | HashFault | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const variant = match[1] === "argon2i" ? "argon2i" : "argon2id";
  const [memoryKiB, passes, lanes] = [Number(match[2]), Number(match[3]), Number(match[4])];
  const mostPasses = memoryKiB <= 7 * 1024 ? 5 : 4;
  if (memoryKiB > 64 * 1024 || passes > mostPasses || lanes > 4) return "hash_too_costly";
  const [salt, hash] = [fromBase64(match[5] ?? ""), fromBase64(match[6] ?? "")];
  // RFC 9106 §3.1: at least eight blocks of a KiB to a lane.
  const isValid = passes >= 1 && lanes >= 1 && memoryKiB >= 8 * lanes;
  return isValid && salt && hash && areSound(salt, hash)
    ? { variant, memoryKiB, passes, lanes, salt, hash }
    : "invalid_hash";
}
