import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";

/**
 * A set of texts in `bytes` bytes (Bloom, 1970): each sets the eight bits that the eight words of its
 * SHA-256 name.
 * @public
 */
export function bloomFilter(texts: Iterable<string>, bytes: number): Uint8Array {
  const filter = new Uint8Array(bytes);
  for (const text of texts) {
    for (const bit of bitsOf(filter, text)) filter[bit >> 3] = (filter[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
  return filter;
}

/**
 * Whether `text` is in the set. Never wrong about a text that is; now and then about one that is not.
 * @public
 */
export function mayContain(filter: Uint8Array, text: string): boolean {
  return bitsOf(filter, text).every((bit) => ((filter[bit >> 3] ?? 0) >> (bit & 7)) & 1);
}

function bitsOf(filter: Uint8Array, text: string): number[] {
  const { buffer, byteOffset } = sha256(utf8ToBytes(text));
  const words = new DataView(buffer, byteOffset);
  return Array.from({ length: 8 }, (_, i) => words.getUint32(i * 4) % (filter.length * 8));
}
