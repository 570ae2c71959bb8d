import { readFileSync } from "node:fs";
import { base64url, type CryptoKey, compactVerify, type JWK } from "jose";
import { describe, expect, it } from "vitest";
import { nativeSignature } from "../../src/adapters/native-signature.ts";
import { ConfigError, parseConfig } from "../../src/config.ts";
import { isStrictCompactJws } from "../../src/lib/compact-jws.ts";
import { loadKeys, type NamedKey } from "../../src/token/keys.ts";
import { openJws } from "../../src/token/open-jws.ts";
import { type SignatureOf, webSignature } from "../../src/token/signature.ts";
import { testEnvironment } from "../support/environment.ts";

type Vector = { tcId: number; comment: string; jws: unknown; result: "valid" | "invalid" };
type Group = { private: JWK; tests: Vector[] };

const { numberOfTests, testGroups } = JSON.parse(
  readFileSync("test/vectors/wycheproof_json_web_signature_test.json", "utf8"),
) as { numberOfTests: number; testGroups: Group[] };

const all = testGroups.flatMap((group) => group.tests.map((vector) => ({ group, ...vector })));
const find = (tcId: number) => all.find((vector) => vector.tcId === tcId) as (typeof all)[number];

/** Spellings that jose reads although RFC 7515 forbids them: white space, and stray bits. */
const tolerated = [360, 365, 368, 375];
/**
 * Two more that jose reads are marked invalid for their padding, but in the file their text has none: they are, to the
 * letter, the canonical token that tcId 357 marks valid.
 */
const mislabelled = [367, 370];

/** What the file marks valid and we refuse, and why. */
const refused: Record<string, number[]> = {
  "an algorithm we do not offer: RS384, RS512, PS384, PS512, ES512": [
    264, 265, 266, 267, 268, 269, 270, 271, 320, 321, 322, 323, 325, 326, 327, 328, 347, 351,
  ],
  "an empty payload, which no JWT has": [259, 272],
  "another algorithm in the header than the key has (RFC 8725 §3.1): PS384 and PS256": [346, 350],
  "characters that are not of base64url, in header and payload": [372, 373],
  "a key whose one operation is called `sign, verify`, which is none (RFC 7517 §4.3)": [349],
};

type Ring = ReadonlyMap<string, NamedKey>;

/** The keys as the service loads them; undefined where it does not start on them. */
async function ringOf({ private: jwk, tests }: Group, signatureOf: SignatureOf): Promise<Ring | undefined> {
  const { kid = "", alg = "", kty, k = "" } = jwk;
  // Our own shared secrets are texts, and these are any bytes.
  if (kty === "oct") {
    const hash = { name: "HMAC", hash: alg.replace("HS", "SHA-") };
    const bytes = new Uint8Array(base64url.decode(k));
    const key = await crypto.subtle.importKey("raw", bytes, hash, false, ["sign", "verify"]);
    return new Map([[kid, { kid, alg, key, signature: signatureOf(alg, key, jwk) }]]);
  }
  const [, header] = /"alg":"(\w+)"/.exec(Buffer.from(String(tests[0]?.jws), "base64url").toString()) ?? [];
  const environment = testEnvironment({
    DATABASE_URL: "postgresql://a:b@127.0.0.1/c",
    JWT_ALGORITHM: alg || String(header),
    ACCESS_TOKEN_SIGNING_KEYS: JSON.stringify({ keys: [jwk] }),
  });
  try {
    return (await loadKeys(parseConfig(environment), signatureOf)).access.verify;
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

/** Which vectors are taken, as access and refresh tokens are, and by which keys. */
async function tryAll(signatureOf: SignatureOf) {
  const rings = new Map(
    await Promise.all(testGroups.map(async (group) => [group, await ringOf(group, signatureOf)] as const)),
  );
  const taken = new Set<number>();
  for (const { group, jws, tcId } of all) {
    const ring = rings.get(group);
    if (ring && typeof jws === "string" && (await openJws(ring, jws, 10_000))) taken.add(tcId);
  }
  return { rings, taken };
}

const tried = [
  { by: "WebCrypto", signatureOf: webSignature, ...(await tryAll(webSignature)) },
  { by: "Node's own", signatureOf: nativeSignature, ...(await tryAll(nativeSignature)) },
];

describe.each(tried)("Wycheproof's JWS vectors by $by", ({ signatureOf, rings, taken }) => {
  it("that are invalid are all refused, but for two that are a valid one to the letter", () => {
    expect(all).toHaveLength(numberOfTests);
    const invalid = all.filter(({ result }) => result === "invalid");
    expect(invalid.length).toBeGreaterThan(300);
    expect(invalid.filter(({ tcId }) => taken.has(tcId)).map(({ tcId }) => tcId)).toEqual(mislabelled);
    for (const tcId of mislabelled) expect(find(tcId).jws).toBe(find(357).jws);
    expect(find(357).result).toBe("valid");
  });

  it.each([...tolerated, ...mislabelled])("jose takes %i, which is marked invalid", async (tcId) => {
    const { group, jws, result } = find(tcId);
    const [key] = rings.get(group)?.values() ?? [];
    await expect(compactVerify(String(jws), key?.key as CryptoKey)).resolves.toBeDefined();
    expect(result).toBe("invalid");
    expect(isStrictCompactJws(String(jws))).toBe(mislabelled.includes(tcId));
  });

  it("that are valid are all taken, but for those that are named here", () => {
    const missed = all.filter(({ result, tcId }) => result === "valid" && !taken.has(tcId));
    const named = Object.values(refused).flat();
    expect(missed.map(({ tcId }) => tcId)).toEqual(named.sort((a, b) => a - b));
    expect([...taken].filter((tcId) => find(tcId).result === "valid").length).toBeGreaterThan(20);
  });

  it.each([353, 354, 355, 356])("%i has a key for another use, on which no service starts", async (tcId) => {
    const { group } = find(tcId);
    expect(rings.get(group)).toBeUndefined();
    const { use, key_ops, ...jwk } = group.private;
    expect(await ringOf({ ...group, private: jwk as JWK }, signatureOf)).toBeDefined();
  });
});
