import type { CryptoKey, JWK } from "jose";

type Bytes = Uint8Array<ArrayBuffer>;

/** What a key of one algorithm (RFC 7518 §3, RFC 8037) does with bytes. */
export type Signature = {
  /** @throws when it is a public key. */
  readonly sign: (data: Bytes) => Bytes | Promise<Bytes>;
  readonly verify: (data: Bytes, signature: Bytes) => boolean | Promise<boolean>;
};

/**
 * Of a key as WebCrypto has it, and as the JWK (RFC 7517) it came from.
 * @public
 */
export type SignatureOf = (alg: string, key: CryptoKey, jwk: JWK) => Signature;

/**
 * By WebCrypto, which every runtime has.
 * @public
 */
export const webSignature: SignatureOf = (alg, key) => {
  const { subtle } = crypto;
  const parameters = parametersOf(alg);
  return {
    sign: async (data) => new Uint8Array(await subtle.sign(parameters, key, data)),
    verify: (data, signature) => subtle.verify(parameters, key, signature, data),
  };
};

function parametersOf(alg: string): AlgorithmIdentifier | EcdsaParams | RsaPssParams {
  const hash = `SHA-${alg.slice(2)}`;
  switch (alg.slice(0, 2)) {
    case "HS":
      return "HMAC";
    case "RS":
      return "RSASSA-PKCS1-v1_5";
    case "PS":
      return { name: "RSA-PSS", saltLength: Number(alg.slice(2)) / 8 };
    case "ES":
      return { name: "ECDSA", hash };
    default:
      return "Ed25519";
  }
}
