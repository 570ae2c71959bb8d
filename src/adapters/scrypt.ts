import * as native from "node:crypto";
import { scryptAsync } from "@noble/hashes/scrypt.js";
import { equalBytes } from "../lib/mac.ts";
import { formatScrypt, parseScrypt, type ScryptPhc } from "../lib/phc.ts";
import type { PasswordHasher, Random } from "../ports.ts";

// OWASP's set for 16 MiB; N = 2^17 would take all the memory an edge isolate has.
const r = 8;
const p = 5;
const saltBytes = 16;
const hashBytes = 32;

type Cost = Pick<ScryptPhc, "ln" | "r" | "p">;

/**
 * RFC 7914 in native code.
 * @public
 */
export function nativeScrypt(password: Uint8Array, salt: Uint8Array, cost: Cost): Promise<Uint8Array> {
  const options = { N: 2 ** cost.ln, r: cost.r, p: cost.p, maxmem: 256 * cost.r * 2 ** cost.ln };
  return new Promise((resolve, reject) => {
    native.scrypt(password, salt, hashBytes, options, (error, key) =>
      error ? reject(error) : resolve(new Uint8Array(key)),
    );
  });
}

/**
 * RFC 7914 in JavaScript, for a runtime without `node:crypto`.
 * @public
 */
export function portableScrypt(password: Uint8Array, salt: Uint8Array, cost: Cost): Promise<Uint8Array> {
  return scryptAsync(password, salt, { N: 2 ** cost.ln, r: cost.r, p: cost.p, dkLen: hashBytes });
}

/** Passwords as scrypt PHC strings. `ln` is log2 of N. Takes no care of load: see the queue. */
export function createScrypt(random: Random, ln: number): PasswordHasher {
  const derive = typeof native.scrypt === "function" ? nativeScrypt : portableScrypt;
  const bytes = (password: string) => new TextEncoder().encode(password);
  return {
    async hash(password) {
      const salt = random.bytes(saltBytes);
      const cost = { ln, r, p };
      return formatScrypt({ ...cost, salt, hash: await derive(bytes(password), salt, cost) });
    },
    async verify(password, phc) {
      const stored = parseScrypt(phc);
      if (!stored) throw new Error("a stored password hash is in no format we know");
      return equalBytes(stored.hash, await derive(bytes(password), stored.salt, stored));
    },
  };
}
