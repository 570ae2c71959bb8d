import { type Argon2Hash, parseArgon2 } from "./argon2-hash.ts";
import { type BcryptHash, parseBcrypt } from "./bcrypt-hash.ts";
import { type BetterAuthHash, parseBetterAuth } from "./better-auth-hash.ts";
import { type FirebaseHash, formatFirebase, parseFirebase } from "./firebase-hash.ts";
import { type HashFault, longestHash } from "./hash-parts.ts";
import { type Pbkdf2Hash, parsePbkdf2 } from "./pbkdf2-hash.ts";
import { parseScrypt, type ScryptHash } from "./scrypt-hash.ts";

/**
 * A password hash of any kind we verify, within what one login may cost.
 * @public
 */
export type StoredHash =
  | ({ readonly format: "scrypt" } & ScryptHash)
  | ({ readonly format: "bcrypt" } & BcryptHash)
  | ({ readonly format: "argon2" } & Argon2Hash)
  | ({ readonly format: "pbkdf2" } & Pbkdf2Hash)
  | ({ readonly format: "better-auth" } & BetterAuthHash)
  | ({ readonly format: "firebase-scrypt" } & FirebaseHash);

/**
 * Reads a password hash, or says what keeps us from it. Nothing is verified that does not pass here.
 * @public
 */
export function readHash(text: string): StoredHash | HashFault {
  if (text.length > longestHash) return "invalid_hash";
  return (
    tagged("scrypt", parseScrypt(text)) ??
    tagged("bcrypt", parseBcrypt(text)) ??
    tagged("argon2", parseArgon2(text)) ??
    tagged("pbkdf2", parsePbkdf2(text)) ??
    tagged("better-auth", parseBetterAuth(text)) ??
    tagged("firebase-scrypt", parseFirebase(text)) ??
    "invalid_hash"
  );
}

function tagged<F extends string, H extends object>(format: F, parsed: H | HashFault | undefined) {
  return typeof parsed === "object" ? { format, ...parsed } : parsed;
}

/**
 * The one door for hashes of other services: the text to store for one in the form its tool writes,
 * or why it is refused.
 * @public
 */
export function acceptHash(
  given: string | object,
): { readonly ok: true; readonly stored: string } | { readonly ok: false; readonly code: HashFault } {
  // Django puts the name of its hasher before what bcrypt and argon2 write themselves.
  const text =
    typeof given === "string" ? given.replace(/^(bcrypt\$|argon2)(?=\$)/, "") : (formatFirebase(given) ?? "");
  const read = readHash(text);
  return typeof read === "object" ? { ok: true, stored: text } : { ok: false, code: read };
}
