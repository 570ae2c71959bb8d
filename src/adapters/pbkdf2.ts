import * as native from "node:crypto";
import { pbkdf2Async } from "@noble/hashes/pbkdf2.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import type { Pbkdf2Hash } from "../lib/pbkdf2-hash.ts";

type Settings = Pick<Pbkdf2Hash, "digest" | "iterations" | "salt">;
type Derive = (password: Uint8Array, settings: Settings, length: number) => Promise<Uint8Array>;

/**
 * RFC 8018 §5.2 in native code.
 * @public
 */
export const nativePbkdf2: Derive = (password, { digest, iterations, salt }, length) =>
  new Promise((resolve, reject) => {
    native.pbkdf2(password, salt, iterations, length, digest, (error, key) =>
      error ? reject(error) : resolve(new Uint8Array(key)),
    );
  });

/**
 * RFC 8018 §5.2 in JavaScript.
 * @public
 */
export const portablePbkdf2: Derive = (password, { digest, iterations, salt }, length) =>
  pbkdf2Async(digest === "sha512" ? sha512 : sha256, password, salt, { c: iterations, dkLen: length });

/** What production Workers refuse natively, 100,000 iterations and more, is derived in JavaScript. */
export const pbkdf2: Derive = (password, settings, length) =>
  nativePbkdf2(password, settings, length).catch(() => portablePbkdf2(password, settings, length));
