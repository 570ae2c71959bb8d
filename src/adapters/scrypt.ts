import * as native from "node:crypto";
import { scryptAsync } from "@noble/hashes/scrypt.js";
import type { ScryptCost } from "../lib/scrypt-hash.ts";

type Derive = (
  password: Uint8Array,
  salt: Uint8Array,
  cost: ScryptCost,
  length: number,
) => Promise<Uint8Array>;

/**
 * RFC 7914 in native code.
 * @public
 */
export const nativeScrypt: Derive = (password, salt, cost, length) => {
  const options = { N: 2 ** cost.ln, r: cost.r, p: cost.p, maxmem: 256 * cost.r * 2 ** cost.ln };
  return new Promise((resolve, reject) => {
    native.scrypt(password, salt, length, options, (error, key) =>
      error ? reject(error) : resolve(new Uint8Array(key)),
    );
  });
};

/**
 * RFC 7914 in JavaScript, for a runtime without `node:crypto`.
 * @public
 */
export const portableScrypt: Derive = (password, salt, { ln, r, p }, length) =>
  scryptAsync(password, salt, { N: 2 ** ln, r, p, dkLen: length });

export const scrypt: Derive = typeof native.scrypt === "function" ? nativeScrypt : portableScrypt;
