import {
  cose,
  decodeAttestationObject,
  decodeCredentialPublicKey,
  isoBase64URL,
  verifySignature,
} from "@simplewebauthn/server/helpers";

/**
 * What a browser sends to whoever asks for no attestation (WebAuthn Level 3 §5.1.3): none, or the authenticator's own
 * `packed`. To check the others the library fetches lists of revoked certificates from wherever a certificate says,
 * and anyone can write such a certificate.
 */
const formats = ["none", "packed"];

export function isUnaskedAttestation(attestationObject: string): boolean {
  return !formats.includes(decodeAttestationObject(isoBase64URL.toBuffer(attestationObject)).get("fmt"));
}

/** A signature of ECDSA in DER (RFC 3279 §2.2.3), of nothing; of the others zeros will do, as many as Ed25519 has. */
const ecdsaOfNothing = isoBase64URL.toBuffer("MAYCAQECAQE");
const otherOfNothing = new Uint8Array(64);

/**
 * Whether a key is of the kind its algorithm takes (WebAuthn Level 3 §5.8.5), and can be used: without an attestation
 * nobody has used it yet, and one that cannot be would lock its owner out.
 * @throws for bytes that are no key.
 */
export async function isUsableKey(credentialPublicKey: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const key = decodeCredentialPublicKey(credentialPublicKey);
  if (!isOfItsKind(key)) return false;
  const signature = cose.isCOSEPublicKeyEC2(key) ? ecdsaOfNothing : otherOfNothing;
  // A key that can be used says no to this; one that cannot throws.
  await verifySignature({ signature, data: new Uint8Array(), credentialPublicKey });
  return true;
}

function isOfItsKind(key: ReturnType<typeof decodeCredentialPublicKey>): boolean {
  switch (key.get(cose.COSEKEYS.alg)) {
    case -8:
      return cose.isCOSEPublicKeyOKP(key) && key.get(cose.COSEKEYS.crv) === cose.COSECRV.ED25519;
    case -7:
      return cose.isCOSEPublicKeyEC2(key) && key.get(cose.COSEKEYS.crv) === cose.COSECRV.P256;
    case -257:
      return cose.isCOSEPublicKeyRSA(key);
    default:
      return false;
  }
}
