import fc from "fast-check";
import { base64url } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { nativeSignature } from "../../src/adapters/native-signature.ts";
import { parseConfig } from "../../src/config.ts";
import { isStrictCompactJws } from "../../src/lib/compact-jws.ts";
import { loadKeys, type NamedKey } from "../../src/token/keys.ts";
import { openJws } from "../../src/token/open-jws.ts";
import { webSignature } from "../../src/token/signature.ts";
import { testEnvironment } from "../support/environment.ts";
import { anyText, nearly } from "../support/texts.ts";

const part = fc.oneof(
  fc.uint8Array({ maxLength: 80 }).map((bytes) => base64url.encode(bytes)),
  anyText,
);
const parts = fc.array(part, { maxLength: 5 }).map((all) => all.join("."));
const compact = fc
  .array(fc.uint8Array({ minLength: 1, maxLength: 80 }), { minLength: 3, maxLength: 3 })
  .map((all) => all.map((bytes) => base64url.encode(bytes)).join("."));

describe("isStrictCompactJws", () => {
  it("holds for the one spelling of three texts, and for nothing else, whatever it is fed", () => {
    let strict = 0;
    fc.assert(
      fc.property(fc.oneof(anyText, parts, compact, nearly(compact)), (text) => {
        if (!isStrictCompactJws(text)) return;
        strict++;
        const again = text.split(".").map((each) => base64url.encode(base64url.decode(each)));
        expect([again.length, again.join(".")]).toEqual([3, text]);
      }),
      { numRuns: 5000 },
    );
    expect(strict).toBeGreaterThan(500);
  });
});

describe.each([
  ["Node's cryptography", nativeSignature],
  ["WebCrypto", webSignature],
])("a token opened by %s", (_, signatureOf) => {
  const utf8 = new TextEncoder();
  let rings: { sign: NamedKey; verify: ReadonlyMap<string, NamedKey> }[];

  beforeAll(async () => {
    const { access, refresh } = await loadKeys(
      parseConfig(testEnvironment({ DATABASE_URL: "postgres://localhost/x" })),
      signatureOf,
    );
    rings = [access, refresh];
  });

  async function sign({ kid, alg, signature }: NamedKey, payload: Uint8Array): Promise<string> {
    const input = `${base64url.encode(JSON.stringify({ kid, alg }))}.${base64url.encode(payload)}`;
    return `${input}.${base64url.encode(await signature.sign(utf8.encode(input)))}`;
  }

  it("says what was signed", async () => {
    for (const { sign: key, verify } of rings) {
      const payload = fc.uint8Array({ minLength: 1, maxLength: 200 });
      await fc.assert(
        fc.asyncProperty(payload, async (bytes) => {
          expect((await openJws(verify, await sign(key, bytes), 8192))?.payload).toEqual(bytes);
        }),
      );
    }
  });

  it("is none when anything of it is another", async () => {
    for (const { sign: key, verify } of rings) {
      const token = await sign(key, utf8.encode('{"sub":"x"}'));
      await fc.assert(
        fc.asyncProperty(nearly(fc.constant(token)), async (other) => {
          expect([other, (await openJws(verify, other, 8192)) !== undefined]).toEqual([
            other,
            other === token,
          ]);
        }),
        { numRuns: 500 },
      );
    }
  });

  it("is none, and no error, whatever header, payload and signature are", async () => {
    for (const { sign: key, verify } of rings) {
      const { kid, alg } = key;
      const header = fc.oneof(
        fc.jsonValue(),
        fc.record(
          {
            kid: fc.constantFrom(kid, "other", null),
            alg: fc.constantFrom(alg, "none", 1),
            crit: fc.constant(["x"]),
          },
          { requiredKeys: [] },
        ),
      );
      const signature = fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 100 }),
        fc.uint8Array({ minLength: 64, maxLength: 64 }),
      );
      const made = fc
        .tuple(header, fc.uint8Array({ minLength: 1, maxLength: 20 }), signature)
        .map(([value, ...rest]) =>
          [JSON.stringify(value), ...rest].map((each) => base64url.encode(each)).join("."),
        );
      await fc.assert(
        fc.asyncProperty(fc.oneof(made, parts, anyText), async (token) => {
          expect(await openJws(verify, token, 8192)).toBeUndefined();
        }),
        { numRuns: 500 },
      );
    }
  });
});
