import { readFileSync } from "node:fs";
import { SettingsService } from "@simplewebauthn/server";
import { beforeAll, describe, expect, it } from "vitest";
import type { UserId } from "../../src/ids.ts";
import { type PasskeyRecord, verifyAssertion } from "../../src/passkey/verify-assertion.ts";
import { type NewCredential, verifyRegistration } from "../../src/passkey/verify-registration.ts";

type Vector = {
  id: string;
  registration: Record<string, string>;
  authentication: Record<string, string>;
};
type Shown = "user verified" | "user present";

const file = JSON.parse(readFileSync("test/vectors/webauthn_l3_test_vectors.json", "utf8")) as {
  rpId: string;
  origin: string;
  vectors: Vector[];
};
const party = { id: file.rpId, origins: [file.origin] };
const vectors = file.vectors.filter(({ registration }) => registration.attestationObject);
const rootCertificate = file.vectors.find(({ registration }) => registration.attestation_ca_cert)
  ?.registration.attestation_ca_cert;

const hex = (text = "") => Buffer.from(text, "hex");
const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url");
const wire = (text?: string) => base64url(hex(text));
const uv = 0x04;

const unasked = "no attestation that we ask for";
const unoffered = "an algorithm that we do not offer";

/** What we refuse of the vectors, all of which are right where another relying party would have asked for them. */
const refusedRegistrations: Record<string, string> = {
  "none-es256-crossOrigin": "crossOrigin",
  "none-es256-topOrigin": "topOrigin",
  "packed-es384": unoffered,
  "packed-es512": unoffered,
  "packed-ed448": unoffered,
  "tpm-es256": unasked,
  "android-key-es256": unasked,
  "apple-es256": unasked,
  "fido-u2f-es256": unasked,
};
const refusedAssertions = ["none-es256-crossOrigin", "none-es256-topOrigin"];
const unofferedKeys = ["packed-es384", "packed-es512", "packed-ed448"];

const nameOf = ({ id }: Vector) => id.replace("sctn-test-vectors-", "");

/** The attested credential data (§6.5.1) of an attestation object, found by the RP ID's hash. */
function attested({ registration }: Vector) {
  const bytes = hex(registration.attestationObject);
  const start = bytes.indexOf(hex("bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b5"));
  const idLength = bytes.readUInt16BE(start + 53);
  return { bytes, start, flags: bytes[start + 32] ?? 0, idAt: start + 55, keyAt: start + 55 + idLength };
}

function creation({ registration: r }: Vector, twist: Record<string, string> = {}) {
  return {
    id: twist.id ?? wire(r.credential_id),
    rawId: twist.id ?? wire(r.credential_id),
    type: "public-key" as const,
    clientExtensionResults: {},
    response: {
      clientDataJSON: twist.clientDataJSON ?? wire(r.clientDataJSON),
      attestationObject: twist.attestationObject ?? wire(r.attestationObject),
    },
  };
}

const register = (vector: Vector, shown: Shown = "user present", twist: Record<string, string> = {}) =>
  verifyRegistration(party, wire(vector.registration.challenge), creation(vector, twist), shown);

/** The record of a vector; its key is read from the bytes where the registration itself is refused. */
function recordOf(vector: Vector): PasskeyRecord {
  const { bytes, flags, keyAt } = attested(vector);
  return {
    id: "0199a1b2-0000-7000-8000-000000000003",
    userId: "0199a1b2-0000-7000-8000-000000000000" as UserId,
    credentialId: wire(vector.registration.credential_id),
    publicKey: base64url(bytes.subarray(keyAt)),
    counter: 0,
    backupEligible: (flags & 0x08) !== 0,
  };
}

function assertion({ registration: r, authentication: a }: Vector, twist: Record<string, string> = {}) {
  return {
    id: twist.id ?? wire(r.credential_id),
    rawId: twist.id ?? wire(r.credential_id),
    type: "public-key" as const,
    clientExtensionResults: {},
    response: {
      clientDataJSON: twist.clientDataJSON ?? wire(a.clientDataJSON),
      authenticatorData: twist.authenticatorData ?? wire(a.authenticatorData),
      signature: twist.signature ?? wire(a.signature),
    },
  };
}

const answer = (vector: Vector, shown: Shown = "user present", twist: Record<string, string> = {}) =>
  verifyAssertion(
    party,
    wire(vector.authentication.challenge),
    assertion(vector, twist),
    recordOf(vector),
    "may name the user",
    shown,
  );

beforeAll(() => {
  // The vectors' own authority in the place of Apple's: it is we who do not take what the library then would.
  const certificate = hex(rootCertificate).toString("base64");
  const pem = `-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----`;
  SettingsService.setRootCertificates({ identifier: "apple", certificates: [pem] });
});

/** Client data with one member changed. */
function withMember(clientDataJSON: string | undefined, member: string, value: unknown): string {
  const data = JSON.parse(hex(clientDataJSON).toString()) as Record<string, unknown>;
  return base64url(Buffer.from(JSON.stringify({ ...data, [member]: value })));
}

/** Bytes with one bit of one turned. */
function withBit(text: string | undefined, at: number, bit = 1): string {
  const bytes = hex(text);
  bytes[at] = (bytes[at] ?? 0) ^ bit;
  return base64url(bytes);
}

const clientDataTwists = (clientDataJSON: string | undefined, type: string): [string, string][] => [
  ["another challenge", withMember(clientDataJSON, "challenge", wire("00ff"))],
  ["another type", withMember(clientDataJSON, "type", type)],
  ["another origin", withMember(clientDataJSON, "origin", "https://example.org.example.com")],
  ["another scheme", withMember(clientDataJSON, "origin", "http://example.org")],
  ["another port", withMember(clientDataJSON, "origin", "https://example.org:8443")],
  ["crossOrigin", withMember(clientDataJSON, "crossOrigin", true)],
  ["topOrigin", withMember(clientDataJSON, "topOrigin", "https://example.org")],
  ["no JSON", wire("ff00")],
];

describe.each(vectors.map((vector) => [nameOf(vector), vector] as const))("the vector %s", (name, vector) => {
  const { bytes, start, flags, idAt, keyAt } = attested(vector);
  const reason = refusedRegistrations[name];
  const isRefused = reason !== undefined;

  it(`is ${isRefused ? `refused as a registration (${reason})` : "a registration"}`, async () => {
    const made = await register(vector);
    expect(made !== undefined).toBe(!isRefused);
    if (!made) return;
    const { credentialId, publicKey, backupEligible } = recordOf(vector);
    expect(made).toMatchObject({ credentialId, backupEligible } satisfies Partial<NewCredential>);
    // A packed statement follows the key in none of the vectors' own order: the key is a prefix of what is left.
    expect(publicKey.startsWith(made.publicKey.slice(0, -2))).toBe(true);
  });

  it("needs the user verified, where it is for us", async () => {
    const isVerified = (flags & uv) !== 0;
    expect((await register(vector, "user verified")) !== undefined).toBe(!isRefused && isVerified);
    const answered = hex(vector.authentication.authenticatorData)[32] ?? 0;
    const isAnswer = (await answer(vector)) !== undefined;
    expect((await answer(vector, "user verified")) !== undefined).toBe(isAnswer && (answered & uv) !== 0);
  });

  it.runIf(!isRefused)("is no registration any more when anything of it is changed", async () => {
    const { clientDataJSON, attestationObject } = vector.registration;
    const hasStatement = !name.startsWith("none");
    const flip = (at: number, bit?: number) => ({ attestationObject: withBit(attestationObject, at, bit) });
    const signatureAt = bytes.indexOf(Buffer.from("63736967", "hex")) + 8;
    const twists: [string, Record<string, string>][] = [
      ...clientDataTwists(clientDataJSON, "webauthn.get").map(
        ([what, text]) => [what, { clientDataJSON: text }] as [string, Record<string, string>],
      ),
      ["another RP ID", flip(start)],
      ["no user present", flip(start + 32, 0x01)],
      ["no attested data", flip(start + 32, 0x40)],
      ["extensions that are not there", flip(start + 32, 0x80)],
      ["another credential id attested", flip(idAt)],
      ["another credential id beside", { id: wire("00") }],
      ["a key of another kind", flip(keyAt + 2)],
      ["an attestation that is cut off", { attestationObject: base64url(bytes.subarray(0, -1)) }],
      ...(hasStatement
        ? ([
            ["an attestation of something else", { clientDataJSON: withMember(clientDataJSON, "extra", 1) }],
            ["another counter", flip(start + 36)],
            ["another AAGUID", flip(start + 37)],
            ["another signature", flip(signatureAt)],
          ] as [string, Record<string, string>][])
        : []),
    ];
    for (const [what, twist] of twists) {
      expect([what, await register(vector, "user present", twist)]).toEqual([what, undefined]);
    }
  });

  it(`is ${refusedAssertions.includes(name) ? "refused as an answer" : "an answer"}, and none when changed`, async () => {
    const isAnswer = (await answer(vector)) !== undefined;
    // A key that we never take a registration of is never asked; the library would know how to.
    if (!unofferedKeys.includes(name)) expect(isAnswer).toBe(!refusedAssertions.includes(name));
    if (!isAnswer) return;
    const { clientDataJSON, authenticatorData, signature } = vector.authentication;
    const flip = (at: number, bit?: number) => ({ authenticatorData: withBit(authenticatorData, at, bit) });
    const twists: [string, Record<string, string>][] = [
      ...clientDataTwists(clientDataJSON, "webauthn.create").map(
        ([what, text]) => [what, { clientDataJSON: text }] as [string, Record<string, string>],
      ),
      ["client data in another spelling", { clientDataJSON: withMember(clientDataJSON, "extra", 1) }],
      ["another RP ID", flip(0)],
      ["no user present", flip(32, 0x01)],
      ["other flags", flip(32, uv)],
      ["another backup eligibility", flip(32, 0x08)],
      ["another backup state", flip(32, 0x10)],
      ["another counter", flip(36)],
      ["bytes left over", { authenticatorData: wire(`${authenticatorData}00`) }],
      ["another signature", { signature: withBit(signature, hex(signature).length - 1) }],
      ["a signature that is cut off", { signature: wire(signature?.slice(0, -2)) }],
      ["another credential", { id: wire("00") }],
    ];
    for (const [what, twist] of twists) {
      expect([what, await answer(vector, "user present", twist)]).toEqual([what, undefined]);
    }
  });
});
