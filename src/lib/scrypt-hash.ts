import { areSound, digits, fromBase64, type HashFault, toBase64 } from "./hash-parts.ts";

/**
 * What scrypt (RFC 7914) costs: N is 2 to the power of `ln`.
 * @public
 */
export type ScryptCost = { readonly ln: number; readonly r: number; readonly p: number };

/**
 * The fields of a scrypt PHC string: our own, and what passlib writes. Salt and hash are bytes.
 * @public
 */
export type ScryptHash = ScryptCost & { readonly salt: Uint8Array; readonly hash: Uint8Array };

const pattern = new RegExp(
  `^\\$scrypt\\$ln=${digits},r=${digits},p=${digits}\\$([A-Za-z0-9+/]+)\\$([A-Za-z0-9+/]+)$`,
);

const mebibyte = 2 ** 20;
/** Half of the memory an edge isolate has. */
const mostMemory = 64 * mebibyte;
/** Three times the work of a hash of our own. */
const mostWork = 256 * mebibyte;

/** The first of these says no more than "too much", whatever the numbers; the last is for junk. */
export function scryptFault({ ln, r, p }: ScryptCost): HashFault | undefined {
  const memory = 128 * 2 ** ln * r;
  if (p > 16 || memory > mostMemory || memory * p > mostWork) return "hash_too_costly";
  return ln < 10 || r < 1 || p < 1 ? "invalid_hash" : undefined;
}

/** @public */
export function formatScrypt({ ln, r, p, salt, hash }: ScryptHash): string {
  return `$scrypt$ln=${ln},r=${r},p=${p}$${toBase64(salt)}$${toBase64(hash)}`;
}

/**
 * The fields, what is wrong with them, or undefined for what is not a scrypt PHC string. Taken: from
 * 2^10 to at most 64 MiB (128·N·r), p to 16, and 256 MiB over all p.
 */
export function parseScrypt(text: string): ScryptHash | HashFault | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const cost = { ln: Number(match[1]), r: Number(match[2]), p: Number(match[3]) };
  const [salt, hash] = [fromBase64(match[4] ?? ""), fromBase64(match[5] ?? "")];
  const fault = scryptFault(cost);
  if (fault) return fault;
  return salt && hash && areSound(salt, hash) ? { ...cost, salt, hash } : "invalid_hash";
}
