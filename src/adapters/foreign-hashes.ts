import { argon2iAsync, argon2idAsync } from "@noble/hashes/argon2.js";
import { hash as bcrypt } from "bcryptjs";
import type { Argon2Hash } from "../lib/argon2-hash.ts";
import type { BcryptHash } from "../lib/bcrypt-hash.ts";
import type { BetterAuthHash } from "../lib/better-auth-hash.ts";
import type { FirebaseHash } from "../lib/firebase-hash.ts";
import { equalBytes } from "../lib/mac.ts";
import { scrypt } from "./scrypt.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

/** bcrypt reads 72 bytes of a password and no more; so did whoever made the hash. */
export async function verifyBcrypt(password: string, stored: BcryptHash): Promise<boolean> {
  const computed = await bcrypt(password, stored.settings);
  // What comes before the hash is not compared: some tools leave stray bits in the last character of a salt.
  return equalBytes(utf8(computed.slice(-stored.hash.length)), utf8(stored.hash));
}

/** RFC 9106. */
export async function verifyArgon2(password: string, stored: Argon2Hash): Promise<boolean> {
  const { memoryKiB: m, passes: t, lanes: p, salt, hash } = stored;
  const derive = stored.variant === "argon2i" ? argon2iAsync : argon2idAsync;
  return equalBytes(await derive(utf8(password), salt, { m, t, p, dkLen: hash.length }), hash);
}

/** better-auth's fixed cost, and its normalisation of the password. */
export async function verifyBetterAuth(password: string, { salt, hash }: BetterAuthHash): Promise<boolean> {
  const cost = { ln: 14, r: 16, p: 1 };
  return equalBytes(await scrypt(utf8(password.normalize("NFKC")), salt, cost, hash.length), hash);
}

/** The key stream of AES-256-CTR is what it makes of zeros. */
export async function verifyFirebase(password: string, stored: FirebaseHash): Promise<boolean> {
  const derived = (await scrypt(utf8(password), stored.salt, stored, 32)) as Uint8Array<ArrayBuffer>;
  const key = await crypto.subtle.importKey("raw", derived, "AES-CTR", false, ["encrypt"]);
  const algorithm = { name: "AES-CTR", counter: new Uint8Array(16), length: 64 };
  const stream = await crypto.subtle.encrypt(algorithm, key, new Uint8Array(stored.hash.length));
  return equalBytes(new Uint8Array(stream), stored.hash);
}
