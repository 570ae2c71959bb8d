import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toBase64 } from "../../src/lib/hash-parts.ts";
import { formatScrypt } from "../../src/lib/scrypt-hash.ts";
import { acceptHash, readHash } from "../../src/lib/stored-hash.ts";
import { anyText, nearly } from "../support/texts.ts";

const faults = ["invalid_hash", "hash_too_costly"];
const bytes = (least: number, most: number) => fc.uint8Array({ minLength: least, maxLength: most });
/** Stray bits in the last character make a second spelling of the same bytes. */
const base64 = fc.oneof(bytes(0, 70).map(toBase64), fc.stringMatching(/^[A-Za-z0-9+/]{22,60}$/));
const number = fc.oneof(
  fc.constantFrom("1", "8", "12"),
  fc.integer({ min: 0, max: 20 }).map(String),
  fc.constantFrom("65536", "4294967296", "9007199254740993", "-1", "010", "1e3", "", "0x10"),
);
const bcryptText = (length: number) => fc.stringMatching(new RegExp(`^[./A-Za-z0-9]{${length}}$`));

/** Each format as its tool writes it, with numbers that may be out of bounds. */
const written = fc.oneof(
  fc
    .tuple(number, number, number, base64, base64)
    .map(([n, r, p, ...b]) => `$scrypt$ln=${n},r=${r},p=${p}$${b.join("$")}`),
  fc
    .tuple(fc.constantFrom("2a", "2b", "2y", "2x"), number, bcryptText(22), bcryptText(31))
    .map(([version, cost, salt, hash]) => `$${version}$${cost.padStart(2, "0")}$${salt}${hash}`),
  fc
    .tuple(fc.constantFrom("argon2id", "argon2i", "argon2d"), number, number, number, base64, base64)
    .map(([kind, m, t, p, ...b]) => `$${kind}$v=19$m=${m},t=${t},p=${p}$${b.join("$")}`),
  fc.tuple(number, base64, base64).map(([rounds, ...b]) => `$pbkdf2-sha256$${rounds}$${b.join("$")}`),
  fc.tuple(number, base64, base64).map(([rounds, ...b]) => `pbkdf2_sha256$${rounds}$${b.join("$")}=`),
  fc
    .tuple(number, number, base64, base64)
    .map(([n, r, ...b]) => `$firebase-scrypt$ln=${n},r=${r}$${b.join("$")}`),
  fc
    .tuple(bytes(16, 16), bytes(64, 64))
    .map((all) => all.map((each) => Buffer.from(each).toString("hex")).join(":")),
);
const texts = fc.oneof(anyText, written, nearly(written));

describe("a password hash", () => {
  it("is read, or refused for a reason that is known, whatever it is", () => {
    let read = 0;
    fc.assert(
      fc.property(texts, (text) => {
        const hash = readHash(text);
        if (typeof hash === "object") read++;
        else expect(faults).toContain(hash);
      }),
      { numRuns: 20_000 },
    );
    expect(read).toBeGreaterThan(500);
  });

  it("that is taken in is stored in a form that is read, and is its own", () => {
    fc.assert(
      fc.property(texts, fc.constantFrom("", "bcrypt$", "argon2"), (text, prefix) => {
        const accepted = acceptHash(prefix + text);
        if (!accepted.ok) expect(faults).toContain(accepted.code);
        else {
          expect(readHash(accepted.stored)).toBeTypeOf("object");
          expect(acceptHash(accepted.stored)).toEqual(accepted);
        }
      }),
      { numRuns: 5000 },
    );
  });

  it("of Firebase's export is read or refused, whatever its fields are", () => {
    const field = fc.oneof(
      anyText,
      fc.jsonValue(),
      bytes(0, 80).map((each) => Buffer.from(each).toString("base64")),
    );
    const names = ["algorithm", "hash", "salt", "signer_key", "salt_separator", "rounds", "mem_cost"];
    const model = Object.fromEntries(names.map((name) => [name, field]));
    const fixed = { algorithm: fc.constant("firebase-scrypt"), rounds: fc.nat(20), mem_cost: fc.nat(20) };
    fc.assert(
      fc.property(
        fc.oneof(fc.record({ ...model, ...fixed }), fc.record(model, { requiredKeys: [] })),
        (given) => {
          const accepted = acceptHash(given);
          if (accepted.ok) expect(acceptHash(accepted.stored)).toEqual(accepted);
          else expect(faults).toContain(accepted.code);
        },
      ),
    );
  });

  it("of our own has one spelling: what it is read as is written the same again", () => {
    const cost = fc.record({
      ln: fc.integer({ min: 10, max: 14 }),
      r: fc.constant(8),
      p: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(cost, bytes(8, 64), bytes(16, 64), (numbers, salt, hash) => {
        const text = formatScrypt({ ...numbers, salt, hash });
        expect(readHash(text)).toEqual({ format: "scrypt", ...numbers, salt, hash });
      }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const hash = readHash(text);
        if (typeof hash === "object" && hash.format === "scrypt") expect(formatScrypt(hash)).toBe(text);
      }),
      { numRuns: 5000 },
    );
  });
});
