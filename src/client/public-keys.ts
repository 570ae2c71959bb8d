import { type CryptoKey, importJWK, type JWK } from "jose";

const leastRsaBits = 2048;
/** What is longer takes longer to verify than it is worth. */
const mostRsaBits = 8192;
const longestMember = 2048;
/** Of RFC 7518 §6: with one of these a set is no public one. */
const privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/**
 * The algorithms a public key can verify that a client may sign with; none for a key of another kind or use.
 */
export function algorithmsOf(jwk: JWK): readonly string[] {
  if (jwk.use !== undefined && jwk.use !== "sig") return [];
  if (jwk.key_ops !== undefined && !(Array.isArray(jwk.key_ops) && jwk.key_ops.includes("verify"))) return [];
  const possible = byType(jwk);
  if (jwk.alg === undefined) return possible;
  if (jwk.kty === "OKP") return possible.includes(jwk.alg) ? possible : []; // two names of one thing
  return possible.filter((alg) => alg === jwk.alg);
}

function byType({ kty, crv }: JWK): readonly string[] {
  if (kty === "EC" && crv === "P-256") return ["ES256"];
  if (kty === "OKP" && crv === "Ed25519") return ["EdDSA", "Ed25519"];
  return kty === "RSA" ? ["PS256", "RS256"] : [];
}

/** The members of a public key of each type (RFC 7518 §6, RFC 8037 §2). */
const materialOf: Record<string, readonly (keyof JWK)[]> = {
  EC: ["x", "y"],
  OKP: ["x"],
  RSA: ["n", "e"],
};

/**
 * What of a client's JWK set is kept: public members alone. Undefined for a set that holds a private key, one that cannot
 * be imported, two of one id, or one that verifies no algorithm we take.
 */
export async function readPublicKeys(keys: readonly JWK[]): Promise<JWK[] | undefined> {
  const ids = keys.flatMap(({ kid }) => (kid === undefined ? [] : [kid]));
  if (new Set(ids).size < ids.length) return undefined;
  const read = await Promise.all(keys.map(readPublicKey));
  return read.some((jwk) => jwk === undefined) ? undefined : (read as JWK[]);
}

async function readPublicKey(jwk: JWK): Promise<JWK | undefined> {
  const [alg] = algorithmsOf(jwk);
  if (alg === undefined || privateMembers.some((member) => member in jwk)) return undefined;
  const { kty = "", crv, kid } = jwk;
  const material = (materialOf[kty] ?? []).map((name) => [name, jwk[name]] as const);
  if (!material.every(([, value]) => isMaterial(value)) || !(kid === undefined || isName(kid)))
    return undefined;
  const named = { kty, crv, kid, alg: jwk.alg, ...Object.fromEntries(material) };
  const kept = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined)) as JWK;
  const key = await importJWK(kept, alg).catch(() => undefined); // no point of the curve
  return key && isStrong(key) ? kept : undefined;
}

function isMaterial(value: unknown): boolean {
  return typeof value === "string" && value.length <= longestMember && /^[A-Za-z0-9_-]+$/.test(value);
}

function isName(kid: unknown): boolean {
  return typeof kid === "string" && /^[\x20-\x7E]{1,255}$/.test(kid);
}

/** By its own length, and not by that of its text, which zeroes can fill. */
function isStrong(key: CryptoKey | Uint8Array): boolean {
  const { modulusLength } = (key as CryptoKey).algorithm as { modulusLength?: number };
  return modulusLength === undefined || (modulusLength >= leastRsaBits && modulusLength <= mostRsaBits);
}
