import { randomBytes, scryptSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { scrypt as nobleScrypt } from "@noble/hashes/scrypt.js";
import { describe, expect, it } from "vitest";
import { createPasswordHasher } from "../../src/adapters/password-hasher.ts";
import { nativeScrypt, portableScrypt } from "../../src/adapters/scrypt.ts";
import { systemRandom } from "../../src/adapters/system.ts";
import { readHash } from "../../src/lib/stored-hash.ts";
import { heavy } from "../support/heavy.ts";

type Vector = {
  P: string;
  S: string;
  N: number;
  r: number;
  p: number;
  dkLen: number;
  hex: string;
  needs?: string;
};

const { rfc7914_scrypt: vectors } = JSON.parse(readFileSync("test/vectors/rfc_vectors.json", "utf8")) as {
  rfc7914_scrypt: Vector[];
};

describe("scrypt", () => {
  it.each(vectors.filter(({ needs }) => !needs))(
    "gives RFC 7914's result for N = $N, r = $r, p = $p",
    (vector) => {
      const { P, S, N, r, p, dkLen, hex } = vector;
      const maxmem = 256 * r * N;
      expect(scryptSync(P, S, dkLen, { N, r, p, maxmem }).toString("hex")).toBe(hex);
      expect(Buffer.from(nobleScrypt(P, S, { N, r, p, dkLen })).toString("hex")).toBe(hex);
    },
  );

  it("gives the same bytes in native code and in JavaScript, at every cost we use", async () => {
    for (const ln of heavy ? [10, 11, 12, 13, 14] : [10, 11, 14]) {
      const [password, salt] = [new Uint8Array(randomBytes(20)), new Uint8Array(randomBytes(16))];
      const cost = { ln, r: 8, p: 5 };
      const [native, portable] = [
        await nativeScrypt(password, salt, cost, 32),
        await portableScrypt(password, salt, cost, 32),
      ];
      expect(Buffer.from(native).equals(Buffer.from(portable))).toBe(true);
    }
  });

  it("is written as a PHC string with its cost and a salt of its own", async () => {
    const hasher = createPasswordHasher(systemRandom, 10);
    const [one, two] = [await hasher.hash("same", "sign-in"), await hasher.hash("same", "sign-in")];
    expect(one).toMatch(/^\$scrypt\$ln=10,r=8,p=5\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(two);
    expect(readHash(one)).toMatchObject({ salt: { length: 16 }, hash: { length: 32 } });
    expect(await hasher.verify("same", one)).toBe(true);
    expect(await hasher.verify("Same", one)).toBe(false);
  });

  it("lets every byte of a long password count", async () => {
    const hasher = createPasswordHasher(systemRandom, 10);
    const long = "x".repeat(127);
    const hash = await hasher.hash(`${long}a`, "sign-in");
    expect(await hasher.verify(`${long}b`, hash)).toBe(false);
    const withNul = await hasher.hash("a\0b", "sign-in");
    expect(await hasher.verify("a\0c", withNul)).toBe(false);
  });
});
