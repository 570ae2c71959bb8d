import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";

/**
 * Keys of one purpose under their ids, the current one first.
 * @public
 */
export type MacKeys = readonly { readonly kid: string; readonly key: Uint8Array }[];

/**
 * HMAC-SHA-256 over fields, each behind its length, so that no two lists of fields share a text.
 * @public
 */
export function macOf(key: Uint8Array, fields: readonly string[]): Uint8Array {
  const parts = fields.flatMap((field) => {
    const bytes = utf8ToBytes(field);
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, bytes.length);
    return [length, bytes];
  });
  return hmac(sha256, key, concatBytes(...parts));
}

/**
 * Compares in time that depends on the lengths alone.
 * @public
 */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}
