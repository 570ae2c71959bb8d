import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { nativePbkdf2, pbkdf2, portablePbkdf2 } from "../../src/adapters/pbkdf2.ts";

const digests = ["sha256", "sha512"] as const;

describe("PBKDF2", () => {
  it.each(digests)("by HMAC-%s gives the same bytes in native code and in JavaScript", async (digest) => {
    for (const length of [20, 32, 64]) {
      const [password, salt] = [new Uint8Array(randomBytes(20)), new Uint8Array(randomBytes(16))];
      const settings = { digest, iterations: 1500, salt };
      const native = await nativePbkdf2(password, settings, length);
      expect(native).toHaveLength(length);
      expect(await portablePbkdf2(password, settings, length)).toEqual(native);
      expect(await pbkdf2(password, settings, length)).toEqual(native);
    }
  });
});
