import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { base64url } from "jose";
import type { Deps } from "../ports.ts";

const count = 10;
const symbols = 16;
/** Crockford's base 32: without the letters that are taken for digits. */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/**
 * Ten codes of 80 random bits, to be shown once, and the hashes that are kept of them.
 * @public
 */
export function newRecoveryCodes({ random }: Pick<Deps, "random">): { codes: string[]; hashes: string[] } {
  const codes = Array.from({ length: count }, () => {
    const text = Array.from(random.bytes(symbols), (byte) => alphabet[byte % 32]).join("");
    return text.replace(/(.{4})(?=.)/g, "$1-");
  });
  return { codes, hashes: codes.map(hashOfCode) };
}

/**
 * The hash of a code as typed: in any case, with or without dashes, and with the letters that look like digits.
 * @public
 */
export function hashOfCode(typed: string): string {
  const plain = typed.toLowerCase().replace(/[\s-]/g, "").replace(/o/g, "0").replace(/[il]/g, "1");
  return base64url.encode(sha256(utf8ToBytes(`recovery-code:${plain}`)));
}
