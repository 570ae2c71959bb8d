import type { JWK } from "jose";

const leastRsaBits = 2048;

/**
 * The algorithm a private JWK signs with, or undefined when it is none of ours, or for another use than signing. An
 * RSA key without `alg` serves the one that is asked for (RFC 7517 §4.4 leaves it optional).
 * @public
 */
export function algorithmOf(jwk: JWK, wanted: string): string | undefined {
  if (typeof jwk.d !== "string" || !isForSigning(jwk)) return undefined;
  if (jwk.kid !== undefined && (typeof jwk.kid !== "string" || jwk.kid === "")) return undefined;
  if (jwk.kty === "EC" && jwk.crv === "P-256") return agree(jwk.alg, ["ES256"]);
  if (jwk.kty === "OKP" && jwk.crv === "Ed25519") {
    return agree(jwk.alg === "Ed25519" ? "EdDSA" : jwk.alg, ["EdDSA"]);
  }
  if (jwk.kty === "RSA" && (jwk.n?.length ?? 0) * 6 >= leastRsaBits) {
    return agree(jwk.alg, wanted === "PS256" ? ["PS256", "RS256"] : ["RS256", "PS256"]);
  }
  return undefined;
}

/** RFC 7517 §4.2 and §4.3: what a key says it is for holds; where it says nothing, it is for anything. */
function isForSigning({ use, key_ops }: { use?: unknown; key_ops?: unknown }): boolean {
  const mayUse = use === undefined || use === "sig";
  return mayUse && (key_ops === undefined || (Array.isArray(key_ops) && key_ops.includes("sign")));
}

function agree(declared: string | undefined, possible: readonly string[]): string | undefined {
  return declared === undefined ? possible[0] : possible.find((alg) => alg === declared);
}

/**
 * The keys of a private JWK set, each with its algorithm settled; undefined unless all are usable.
 * @public
 */
export function parseSigningKeys(text: string, wanted: string): readonly JWK[] | undefined {
  let keys: unknown;
  try {
    keys = (JSON.parse(text) as { keys?: unknown } | null)?.keys;
  } catch {
    return undefined; // not JSON: the caller names the variable
  }
  if (!Array.isArray(keys) || keys.length === 0) return undefined;
  const settled = (keys as JWK[]).map((jwk) => ({ jwk, alg: jwk && algorithmOf(jwk, wanted) }));
  if (settled.some(({ alg }) => alg === undefined)) return undefined;
  return settled.map(({ jwk, alg }) => ({ ...jwk, alg: alg as string }));
}
