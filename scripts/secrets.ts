import { randomBytes } from "node:crypto";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from "jose";
import type { SignatureAlgorithm } from "../src/config.ts";

export const signatureAlgorithms: readonly SignatureAlgorithm[] = ["ES256", "RS256", "PS256", "EdDSA"];

/**
 * A private signing key. When it was made (`iat`) and since when it signs, in Unix seconds, are members of ours, which
 * others ignore (RFC 7517 §4).
 */
export type DatedJwk = JWK & { iat?: unknown; signs_since?: unknown };

/** A fresh key for signing access tokens. Its id is its thumbprint (RFC 7638), so it has the same one everywhere. */
export async function newSigningKey(alg: SignatureAlgorithm, madeAt: number): Promise<DatedJwk> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg, use: "sig", iat: madeAt };
}

/** A fresh secret of 512 bits, enough for HS512 too (RFC 7518 §3.2). */
export const newSecret = () => randomBytes(64).toString("base64url");

/** A fresh root of the keys that only the service uses. */
export const newEncryptionKey = () => randomBytes(32).toString("base64");

/** Fresh secrets for one environment: its variables and their values. */
export async function generateSecrets(alg: SignatureAlgorithm = "ES256"): Promise<Record<string, string>> {
  const key = await newSigningKey(alg, Math.floor(Date.now() / 1000));
  return {
    ...(alg !== "ES256" && { JWT_ALGORITHM: alg }), // ES256 is what the service takes unless told
    ACCESS_TOKEN_SIGNING_KEYS: JSON.stringify({ keys: [key] }),
    REFRESH_TOKEN_SECRET_KEY: newSecret(),
    DATA_ENCRYPTION_KEY: newEncryptionKey(),
  };
}

/** Variables as the lines of an environment file. No value of ours has a quote in it. */
export function envLines(variables: Record<string, string>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join("");
}
