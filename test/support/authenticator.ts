import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** What is made up of an answer, to see it refused. */
export type Twist = {
  origin?: string;
  crossOrigin?: boolean;
  topOrigin?: string;
  type?: string;
  challenge?: string;
  rpId?: string;
  userPresent?: boolean;
  userVerified?: boolean;
  /** Of the answer; from then on it counts from there. */
  counter?: number;
  userHandle?: string | null;
  credentialId?: string;
  synced?: boolean;
};

type Algorithm = "ES256" | "EdDSA" | "RS256" | "RSA-SHA1";

type Kind = {
  origin?: string;
  alg?: Algorithm;
  aaguid?: string;
  /** One whose keys are copied to other devices; such keep no counter. */
  synced?: boolean;
};

/** What the tests need of `PublicKeyCredentialCreationOptionsJSON`. */
export type Creation = { challenge: string; rp: { id: string }; user: { id: string } };
export type Request = { challenge: string; rpId: string };

const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url");
const sha256 = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest();
const uint32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** CBOR (RFC 8949) of what authenticators write: integers, bytes, text and maps of them. */
function cbor(value: number | string | Uint8Array | Map<number | string, unknown>): Buffer {
  const head = (major: number, count: number) => {
    if (count < 24) return Buffer.from([(major << 5) | count]);
    if (count < 256) return Buffer.from([(major << 5) | 24, count]);
    return Buffer.from([(major << 5) | 25, count >> 8, count & 255]);
  };
  if (typeof value === "number") return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === "string")
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Map) {
    const pairs = [...value].flatMap(([key, inner]) => [cbor(key), cbor(inner as never)]);
    return Buffer.concat([head(5, value.size), ...pairs]);
  }
  return Buffer.concat([head(2, value.length), value]);
}

const coseAlgorithms = { ES256: -7, EdDSA: -8, RS256: -257, "RSA-SHA1": -65_535 };

function makeKey(alg: Algorithm): { privateKey: KeyObject; cose: Buffer } {
  const { privateKey, publicKey } =
    alg === "ES256"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : alg === "EdDSA"
        ? generateKeyPairSync("ed25519")
        : generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = publicKey.export({ format: "jwk" }) as Record<string, string>;
  const part = (name: string) => Buffer.from(jwk[name] ?? "", "base64url");
  const id = coseAlgorithms[alg];
  // RFC 9052 §7, RFC 9053 §7, RFC 8230 §4.
  const entries: [number, unknown][] =
    alg === "ES256"
      ? [
          [1, 2],
          [3, id],
          [-1, 1],
          [-2, part("x")],
          [-3, part("y")],
        ]
      : alg === "EdDSA"
        ? [
            [1, 1],
            [3, id],
            [-1, 6],
            [-2, part("x")],
          ]
        : [
            [1, 3],
            [3, id],
            [-1, part("n")],
            [-2, part("e")],
          ];
  return { privateKey, cose: cbor(new Map(entries)) };
}

/**
 * An authenticator in software, and the browser before it: answers options as JSON, as `PublicKeyCredential.toJSON()`
 * does. It holds one passkey, the last it has registered.
 */
export function createAuthenticator({
  origin = "http://localhost:8787",
  alg = "ES256",
  aaguid = "00000000-0000-0000-0000-000000000000",
  synced = false,
}: Kind = {}) {
  let counter = 0;
  let privateKey: KeyObject | undefined;
  let credentialId = "";
  let userHandle = "";

  const clientData = (type: string, challenge: string, twist: Twist) =>
    Buffer.from(
      JSON.stringify({
        type: twist.type ?? type,
        challenge: twist.challenge ?? challenge,
        origin: twist.origin ?? origin,
        crossOrigin: twist.crossOrigin ?? false,
        ...(twist.topOrigin !== undefined && { topOrigin: twist.topOrigin }),
      }),
    );

  const authenticatorData = (rpId: string, twist: Twist, attested?: Buffer) => {
    const present = twist.userPresent ?? true;
    const verified = twist.userVerified ?? true;
    const isSynced = twist.synced ?? synced;
    const flags = +present | (+verified << 2) | (+isSynced << 3) | (+isSynced << 4) | (attested ? 1 << 6 : 0);
    counter = twist.counter ?? (synced ? 0 : counter + 1);
    const parts = [sha256(twist.rpId ?? rpId), Buffer.from([flags]), uint32(counter)];
    return Buffer.concat(attested ? [...parts, attested] : parts);
  };

  const publicKeyCredential = (id: string) => ({
    id,
    rawId: id,
    type: "public-key" as const,
    clientExtensionResults: {},
    authenticatorAttachment: "platform",
  });

  return {
    get credentialId() {
      return credentialId;
    },

    register(options: Creation, twist: Twist = {}) {
      const key = makeKey(alg);
      const rawId = twist.credentialId ? Buffer.from(twist.credentialId, "base64url") : randomBytes(16);
      privateKey = key.privateKey;
      credentialId = base64url(rawId);
      userHandle = options.user.id;
      counter = -1;
      const model = Buffer.from(aaguid.replaceAll("-", ""), "hex");
      const length = Buffer.from([rawId.length >> 8, rawId.length & 255]);
      const attested = Buffer.concat([model, length, rawId, key.cose]);
      const authData = authenticatorData(options.rp.id, twist, attested);
      const attestation = new Map<string, unknown>([
        ["fmt", "none"],
        ["attStmt", new Map()],
        ["authData", authData],
      ]);
      return {
        ...publicKeyCredential(credentialId),
        response: {
          clientDataJSON: base64url(clientData("webauthn.create", options.challenge, twist)),
          attestationObject: base64url(cbor(attestation)),
          transports: ["internal"],
        },
      };
    },

    assert(options: Request, twist: Twist = {}) {
      if (!privateKey) throw new Error("nothing is registered yet");
      const authData = authenticatorData(options.rpId, twist);
      const data = clientData("webauthn.get", options.challenge, twist);
      const hash = alg === "EdDSA" ? null : alg === "RSA-SHA1" ? "sha1" : "sha256";
      const signature = sign(hash, Buffer.concat([authData, sha256(data)]), privateKey);
      const handle = twist.userHandle === undefined ? userHandle : twist.userHandle;
      return {
        ...publicKeyCredential(twist.credentialId ?? credentialId),
        response: {
          clientDataJSON: base64url(data),
          authenticatorData: base64url(authData),
          signature: base64url(signature),
          userHandle: handle,
        },
      };
    },
  };
}
