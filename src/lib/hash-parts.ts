/**
 * Why a password hash cannot be taken in: it is in no form we read, or verifying it would cost more
 * than one login may.
 * @public
 */
export type HashFault = "invalid_hash" | "hash_too_costly";

/** No longer text is looked at; the longest hash we read is half of this. */
export const longestHash = 512;

/**
 * A number as every tool here writes it: digits alone, without a sign, a leading zero or an exponent.
 * As a source, to be put into a format's pattern.
 */
export const digits = "(0|[1-9][0-9]*)";

/**
 * base64 without padding (RFC 4648 §4), as PHC strings have it.
 * @public
 */
export function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/=+$/, "");
}

/**
 * The bytes behind base64 without padding; undefined for any but their one canonical spelling.
 * @public
 */
export function fromBase64(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9+/]*$/.test(text) || text.length % 4 === 1) return undefined;
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  return toBase64(bytes) === text ? bytes : undefined;
}

/** Short enough to be guessed, or too long to be one: eight octets of salt are RFC 8018's least (§4.1). */
export function areSound(salt: Uint8Array, hash: Uint8Array): boolean {
  return salt.length >= 8 && salt.length <= 64 && hash.length >= 16 && hash.length <= 64;
}
