import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { base64url } from "jose";
import { isCanonicalBase64url } from "./base64url.ts";

/**
 * How many random bytes a credential takes: 256 bits, so a fast hash will do for what is kept of it.
 * @public
 */
export const credentialBytes = 32;

const idBytes = 16;
const checksumBytes = 4;
const length = Math.ceil(((2 * idBytes + credentialBytes + checksumBytes) * 8) / 6);

/**
 * The kinds of credentials that we give to programs, by how they begin. Secret scanners find them by it and by their
 * length: `gthk_[A-Za-z0-9_-]{91}`.
 * @public
 */
export const credentialPrefix = { apiKey: "gthk_", clientSecret: "gths_" } as const;

type Prefix = (typeof credentialPrefix)[keyof typeof credentialPrefix];

/**
 * A credential as its holder shows it: its id, whose it is, random bits and a checksum, so that a lookup needs no search
 * and a text that was cut or made up is refused without one.
 * @public
 */
export function makeCredential(
  prefix: Prefix,
  { id, owner, random }: { id: string; owner: string; random: Uint8Array },
): string {
  const body = concatBytes(idToBytes(id), idToBytes(owner), random);
  return prefix + base64url.encode(concatBytes(body, checksumOf(prefix, body)));
}

/**
 * Reads a credential of a kind, without a query; undefined for any other text. `hash` is what the database compares.
 * @public
 */
export function readCredential(
  prefix: Prefix,
  text: string,
): { id: string; owner: string; hash: string } | undefined {
  const encoded = text.slice(prefix.length);
  if (!text.startsWith(prefix) || encoded.length !== length || !isCanonicalBase64url(encoded))
    return undefined;
  const bytes = base64url.decode(encoded);
  const body = bytes.slice(0, -checksumBytes);
  if (bytesToHex(checksumOf(prefix, body)) !== bytesToHex(bytes.slice(-checksumBytes))) return undefined;
  const id = bytesToId(body.slice(0, idBytes));
  return { id, owner: bytesToId(body.slice(idBytes, 2 * idBytes)), hash: hashCredential(text) };
}

/**
 * What is kept of a credential: SHA-256.
 * @public
 */
export function hashCredential(text: string): string {
  return base64url.encode(sha256(utf8ToBytes(text)));
}

/**
 * How a credential begins: enough to tell it from its owner's others.
 * @public
 */
export function beginningOf(text: string): string {
  return text.slice(0, 17);
}

/** No secret of any kind: it catches a typing error, and tells a find of a scanner from chance. */
function checksumOf(prefix: Prefix, body: Uint8Array): Uint8Array {
  return sha256(concatBytes(utf8ToBytes(prefix), body)).slice(0, checksumBytes);
}

function idToBytes(id: string): Uint8Array {
  return hexToBytes(id.replaceAll("-", ""));
}

function bytesToId(bytes: Uint8Array): string {
  return bytesToHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
