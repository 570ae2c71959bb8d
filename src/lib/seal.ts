import { base64url } from "jose";
import { equalBytes, type MacKeys, macOf } from "./mac.ts";

const tagBytes = 16;

/**
 * 128 bits of HMAC over length-prefixed fields, in base64url.
 * @public
 */
export function tagOf(key: Uint8Array, fields: readonly string[]): string {
  return base64url.encode(macOf(key, fields).slice(0, tagBytes));
}

/**
 * Compares the texts, so that only the one canonical spelling of a tag is right.
 * @public
 */
export function isTag(key: Uint8Array, fields: readonly string[], given: string): boolean {
  const encode = (text: string) => new TextEncoder().encode(text);
  return equalBytes(encode(tagOf(key, fields)), encode(given));
}

/**
 * The key that seals now.
 * @public
 */
export function sealingKey(keys: MacKeys): MacKeys[number] {
  const [current] = keys;
  if (!current) throw new Error("there is no key to seal with");
  return current;
}
