import { areSound, digits, fromBase64, type HashFault, toBase64 } from "./hash-parts.ts";
import { scryptFault } from "./scrypt-hash.ts";

/**
 * Firebase encrypts the project's signer key, by AES-256-CTR from counter zero, under a key that
 * scrypt derives from the password; the ciphertext is the hash. What we keep is the key stream, hash
 * xor signer key: it says as much about the password and nothing about the signer key.
 * @public
 */
export type FirebaseHash = {
  readonly ln: number;
  readonly r: number;
  readonly p: 1;
  /** The account's salt and the project's separator, joined. */
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
};

const pattern = new RegExp(
  `^\\$firebase-scrypt\\$ln=${digits},r=${digits}\\$([A-Za-z0-9+/]+)\\$([A-Za-z0-9+/]+)$`,
);

const texts = ["hash", "salt", "signer_key", "salt_separator"] as const;
const fields = ["algorithm", ...texts, "rounds", "mem_cost"];

/** The fields, what is wrong with them, or undefined for what is not the string we store. */
export function parseFirebase(text: string): FirebaseHash | HashFault | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const cost = { ln: Number(match[1]), r: Number(match[2]), p: 1 } as const;
  const [salt, hash] = [fromBase64(match[3] ?? ""), fromBase64(match[4] ?? "")];
  const fault = scryptFault(cost);
  if (fault) return fault;
  return salt && hash && areSound(salt, hash) ? { ...cost, salt, hash } : "invalid_hash";
}

/** The string we store for one account of a Firebase export and its project's parameters, if that is one. */
export function formatFirebase(given: object): string | undefined {
  const account = given as Record<string, unknown>;
  const { algorithm, rounds, mem_cost: ln } = account;
  if (algorithm !== "firebase-scrypt" || !Object.keys(account).every((key) => fields.includes(key))) {
    return undefined;
  }
  const [hash, salt, signerKey, separator] = texts.map((name) => decode(account[name]));
  if (!Number.isSafeInteger(rounds) || !Number.isSafeInteger(ln)) return undefined;
  if (!hash || !salt || !signerKey || !separator || hash.length !== signerKey.length) return undefined;
  const keyStream = hash.map((byte, i) => byte ^ (signerKey[i] ?? 0));
  const joined = new Uint8Array([...salt, ...separator]);
  return `$firebase-scrypt$ln=${ln},r=${rounds}$${toBase64(joined)}$${toBase64(keyStream)}`;
}

/** Its console and its command line differ in the alphabet. */
function decode(text: unknown): Uint8Array | undefined {
  if (typeof text !== "string" || text.length > 128) return undefined;
  return fromBase64(
    text
      .replaceAll("-", "+")
      .replaceAll("_", "/")
      .replace(/={0,2}$/, ""),
  );
}
