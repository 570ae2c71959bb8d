/**
 * Of AES-GCM, as NIST SP 800-38D §8.2.2 wants it where nonces are random.
 * @public
 */
export const nonceBytes = 12;

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * AES-256-GCM under a key of 32 bytes: `nonce`, which must be random, before the ciphertext. What is opened must be
 * named by the same `context`, so that a ciphertext that was moved to another row is none.
 * @public
 */
export async function encrypt(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  context: string,
): Promise<Uint8Array> {
  const algorithm = { name: "AES-GCM", iv: nonce as Bytes, additionalData: encode(context) };
  const secret = await importKey(key, "encrypt");
  const sealed = await crypto.subtle.encrypt(algorithm, secret, plaintext as Bytes);
  return new Uint8Array([...nonce, ...new Uint8Array(sealed)]);
}

/**
 * What `encrypt` was given, under the same key and context.
 * @throws when either is another, or a bit was changed.
 * @public
 */
export async function decrypt(key: Uint8Array, sealed: Uint8Array, context: string): Promise<Uint8Array> {
  const iv = sealed.slice(0, nonceBytes) as Bytes;
  const algorithm = { name: "AES-GCM", iv, additionalData: encode(context) };
  const secret = await importKey(key, "decrypt");
  return new Uint8Array(await crypto.subtle.decrypt(algorithm, secret, sealed.slice(nonceBytes) as Bytes));
}

function importKey(key: Uint8Array, use: "encrypt" | "decrypt") {
  return crypto.subtle.importKey("raw", key as Bytes, "AES-GCM", false, [use]);
}

function encode(text: string): Bytes {
  return new TextEncoder().encode(text);
}
