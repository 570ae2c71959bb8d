import { importJWK, type JWK } from "jose";

const leastRsaBits = 2048;
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

function byType({ kty, crv, n }: JWK): readonly string[] {
  if (kty === "EC" && crv === "P-256") return ["ES256"];
  if (kty === "OKP" && crv === "Ed25519") return ["EdDSA", "Ed25519"];
  if (kty === "RSA" && typeof n === "string" && n.length * 6 >= leastRsaBits) return ["PS256", "RS256"];
  return [];
}

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
  if (jwk.kid !== undefined && typeof jwk.kid !== "string") return undefined;
  const { kty, crv, x, y, n, e, kid } = jwk;
  const kept = { kty, crv, x, y, n, e, kid, alg: jwk.alg };
  const present = Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined)) as JWK;
  return importJWK(present, alg).then(
    () => present,
    () => undefined, // no point of the curve, or not base64url
  );
}
