const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/**
 * Whether `text` is the one canonical spelling of its bytes: no padding, no foreign character and
 * no stray bits in the last character (RFC 4648 §3.5). Decoders at large accept several spellings.
 * @public
 */
export function isCanonicalBase64url(text: string): boolean {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return false;
  const rest = text.length % 4;
  if (rest === 0) return true;
  if (rest === 1) return false;
  const unusedBits = rest === 2 ? 0b1111 : 0b11;
  return (alphabet.indexOf(text.slice(-1)) & unusedBits) === 0;
}
