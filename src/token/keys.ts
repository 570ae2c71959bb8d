import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { base64url, type CryptoKey, calculateJwkThumbprint, importJWK, type JWK } from "jose";
import { type Config, ConfigError, type Secret } from "../config.ts";
import { importSeed, type SigningKey } from "../lib/ed25519.ts";
import type { MacKeys } from "../lib/mac.ts";
import { type Signature, type SignatureOf, webSignature } from "./signature.ts";

/** The public half of a signing key, as others fetch it (RFC 7517). */
type PublicJwk = Pick<JWK, "crv" | "x" | "y" | "n" | "e"> & {
  kty: string;
  kid: string;
  alg: string;
  use: "sig";
};

/** A key under its id, ready to use. `jwk` is there for those who verify without us. */
export type NamedKey = {
  readonly kid: string;
  readonly alg: string;
  readonly key: CryptoKey;
  readonly signature: Signature;
  readonly jwk?: PublicJwk;
};

type KeyRing = { readonly sign: NamedKey; readonly verify: ReadonlyMap<string, NamedKey> };

/**
 * Every key of the service, imported once per process or isolate.
 * @public
 */
export type Keys = {
  readonly access: KeyRing;
  readonly refresh: KeyRing;
  readonly jwks: { keys: PublicJwk[] };
  readonly throttle: Uint8Array;
  readonly cursor: MacKeys;
  readonly oneTimeToken: MacKeys;
  readonly code: MacKeys;
  /** Of the steps in progress of a sign-in. */
  readonly challenge: MacKeys;
  /** Of the cookies that pages keep a session in. */
  readonly pageSession: MacKeys;
  /** They encrypt; the form of the ring is the same. */
  readonly totp: MacKeys;
  /** They make fingerprints, of which rows keep those under earlier keys. */
  readonly device: MacKeys;
  readonly auditSeal: SigningKey;
};

/**
 * Imports the configured keys, to sign by `signatureOf`, and derives our own ones from `DATA_ENCRYPTION_KEY`.
 * @public
 */
export async function loadKeys(config: Config, signatureOf: SignatureOf = webSignature): Promise<Keys> {
  const { signing } = config.accessToken;
  const access =
    "secret" in signing
      ? await secretRing(signing.alg, signing.secret, signatureOf)
      : await signatureRing(signing.jwks, signing.alg, signatureOf);
  const root = config.dataEncryptionKey.current;
  const macKeys = (purpose: string) => macKeysOf(config, purpose);
  const [refresh, throttle, cursor, oneTimeToken, code, challenge, pageSession, totp, device, auditSeal] =
    await Promise.all([
      secretRing("HS256", config.refreshToken.secret, signatureOf),
      derive(root, "throttle-key"),
      macKeys("cursor"),
      macKeys("one-time-token"),
      macKeys("code"),
      macKeys("mfa-token"),
      macKeys("page-session"),
      macKeys("totp"),
      macKeys("device"),
      auditSealKey(root),
    ]);
  const jwks = { keys: [...access.verify.values()].flatMap(({ jwk }) => jwk ?? []) };
  const derived = { throttle, cursor, oneTimeToken, code, challenge, pageSession, totp, device, auditSeal };
  return { access, refresh, jwks, ...derived };
}

/**
 * The key that seals the audit log, of a `DATA_ENCRYPTION_KEY`.
 * @public
 */
export async function auditSealKey(root: Uint8Array): Promise<SigningKey> {
  return importSeed(await derive(root, "audit-seal"));
}

/** RFC 5869, without a salt. */
async function derive(root: Uint8Array, purpose: string): Promise<Uint8Array> {
  const info = utf8ToBytes(`gatehouse/v1/${purpose}`);
  const parameters = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
  const key = await crypto.subtle.importKey("raw", new Uint8Array(root), "HKDF", false, ["deriveBits"]);
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, 256));
}

/** The key that seals now, first, and the previous one while it is being retired. */
async function macKeysOf(
  { dataEncryptionKey: { current, previous } }: Config,
  purpose: string,
): Promise<MacKeys> {
  const roots = [current, ...(previous ? [previous] : [])];
  const keys = await Promise.all(roots.map((root) => derive(root, purpose)));
  return keys.map((key) => ({ kid: keyIdOf(key), key }));
}

/** The first four bytes of a key's hash: enough to tell keys apart, too little to tell what they are. */
function keyIdOf(key: Uint8Array): string {
  return base64url.encode(sha256(key).slice(0, 4));
}

async function secretRing(alg: string, secret: Secret, signatureOf: SignatureOf): Promise<KeyRing> {
  const named = async (text: string): Promise<NamedKey> => {
    const bytes = utf8ToBytes(text);
    const hash = { name: "HMAC", hash: alg.replace("HS", "SHA-") };
    // Left as bytes, the secret would be imported again for each token.
    const key = await crypto.subtle.importKey("raw", bytes, hash, false, ["sign", "verify"]);
    const jwk = { kty: "oct", k: base64url.encode(bytes) };
    return { kid: keyIdOf(bytes), alg, key, signature: signatureOf(alg, key, jwk) };
  };
  const sign = await named(secret.current);
  const all = secret.previous ? [sign, await named(secret.previous)] : [sign];
  return { sign, verify: new Map(all.map((key) => [key.kid, key])) };
}

async function signatureRing(jwks: readonly JWK[], alg: string, signatureOf: SignatureOf): Promise<KeyRing> {
  const pairs = await Promise.all(jwks.map((jwk) => importPair(jwk, signatureOf))).catch(() => {
    throw new ConfigError(["ACCESS_TOKEN_SIGNING_KEYS: holds a key that cannot be imported"]);
  });
  const verify = new Map(pairs.map((pair) => [pair.verify.kid, pair.verify]));
  const sign = pairs.find((pair) => pair.sign.alg === alg)?.sign;
  if (!sign || verify.size < pairs.length) {
    throw new ConfigError(["ACCESS_TOKEN_SIGNING_KEYS: holds two keys of one id; give each its own kid"]);
  }
  return { sign, verify };
}

async function importPair(jwk: JWK, signatureOf: SignatureOf): Promise<{ sign: NamedKey; verify: NamedKey }> {
  const { kty, crv, x, y, n, e, alg = "" } = jwk;
  const material = Object.fromEntries(
    Object.entries({ kty, crv, x, y, n, e }).filter(([, value]) => value !== undefined),
  ) as JWK;
  // RFC 7638: a key's id is its thumbprint, so it names the same key everywhere.
  const kid = jwk.kid ?? (await calculateJwkThumbprint(material));
  const published: PublicJwk = { ...material, kty: kty ?? "", kid, alg, use: "sig" };
  // `key_ops` may name more than a private key can do, which WebCrypto refuses to import.
  const secret = { ...jwk, alg, key_ops: ["sign"] };
  const [key, publicKey] = (await Promise.all([importJWK(secret, alg), importJWK(material, alg)])) as [
    CryptoKey,
    CryptoKey,
  ];
  return {
    sign: { kid, alg, key, signature: signatureOf(alg, key, jwk) },
    verify: { kid, alg, key: publicKey, signature: signatureOf(alg, publicKey, material), jwk: published },
  };
}
