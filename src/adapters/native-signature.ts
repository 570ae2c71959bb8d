import {
  constants,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type JsonWebKey,
  type KeyObject,
  type SignKeyObjectInput,
  sign,
  verify,
} from "node:crypto";
import type { JWK } from "jose";
import { equalBytes } from "../lib/mac.ts";
import type { SignatureOf } from "../token/signature.ts";

/**
 * By Node's own cryptography, at once: WebCrypto there hands each signature to a pool of threads, which costs as much
 * again.
 */
export const nativeSignature: SignatureOf = (alg, _, jwk) => {
  const hash = alg === "EdDSA" ? null : `sha${alg.slice(2)}`;
  if (alg.startsWith("HS")) {
    const secret = createSecretKey(Buffer.from(jwk.k ?? "", "base64url"));
    const mac = (data: Uint8Array) =>
      new Uint8Array(
        createHmac(hash ?? "", secret)
          .update(data)
          .digest(),
      );
    return { sign: mac, verify: (data, signature) => equalBytes(mac(data), signature) };
  }
  const options = optionsOf(alg, keyOf(jwk));
  return {
    sign: (data) => new Uint8Array(sign(hash, data, options)),
    verify: (data, signature) => verify(hash, data, options, signature),
  };
};

function keyOf(jwk: JWK): KeyObject {
  const key = { key: jwk as JsonWebKey, format: "jwk" } as const;
  return jwk.d === undefined ? createPublicKey(key) : createPrivateKey(key);
}

function optionsOf(alg: string, key: KeyObject): SignKeyObjectInput {
  // RFC 7518 §3.4: R and S side by side, not in DER. §3.5: a salt as long as the hash.
  if (alg.startsWith("ES")) return { key, dsaEncoding: "ieee-p1363" };
  if (!alg.startsWith("PS")) return { key };
  const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_DIGEST: saltLength } = constants;
  return { key, padding, saltLength };
}
