import { areSound, digits, fromBase64, type HashFault } from "./hash-parts.ts";

/**
 * What PBKDF2 (RFC 8018 §5.2) was given and gave. Salt and hash are bytes.
 * @public
 */
export type Pbkdf2Hash = {
  readonly digest: "sha256" | "sha512";
  readonly iterations: number;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
};

/** Django's salt is text as it stands, and its base64 is padded. */
const django = new RegExp(`^pbkdf2_(sha256|sha512)\\$${digits}\\$([!-#%-~]+)\\$([A-Za-z0-9+/]+)={0,2}$`);
/** passlib writes base64 with a dot for the plus sign. */
const passlib = new RegExp(`^\\$pbkdf2-(sha256|sha512)\\$${digits}\\$([A-Za-z0-9./]+)\\$([A-Za-z0-9./]+)$`);

/**
 * The fields of a PBKDF2 hash as Django or passlib writes it, what is wrong with them, or undefined
 * for any other text. Taken: 1,000 to 1,000,000 iterations.
 */
export function parsePbkdf2(text: string): Pbkdf2Hash | HashFault | undefined {
  const isDjango = django.test(text);
  const match = (isDjango ? django : passlib).exec(text);
  if (!match) return undefined;
  const [, name, count, saltText = "", hashText = ""] = match;
  const decode = (encoded: string) => fromBase64(encoded.replaceAll(".", "+"));
  const salt = isDjango ? new TextEncoder().encode(saltText) : decode(saltText);
  const hash = isDjango ? fromBase64(hashText) : decode(hashText);
  const iterations = Number(count);
  if (iterations > 1_000_000) return "hash_too_costly";
  if (iterations < 1000 || !salt || !hash || !areSound(salt, hash)) return "invalid_hash";
  return { digest: name === "sha512" ? "sha512" : "sha256", iterations, salt, hash };
}
