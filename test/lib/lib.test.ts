import fc from "fast-check";
import { base64url } from "jose";
import { describe, expect, it } from "vitest";
import { isCanonicalBase64url } from "../../src/lib/base64url.ts";
import { openCursor, sealCursor } from "../../src/lib/cursor.ts";
import { jsonDepth } from "../../src/lib/json-depth.ts";
import { macOf } from "../../src/lib/mac.ts";
import { isWithin, parseCidr, parseClientAddress } from "../../src/lib/network.ts";
import { isLowEntropy } from "../../src/lib/secret-strength.ts";
import { anyText, nearly } from "../support/texts.ts";

describe("isCanonicalBase64url", () => {
  it("holds for what an encoder writes, and for no other spelling of the same bytes", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 40 }),
        fc.string({ maxLength: 3 }),
        (bytes, noise) => {
          const text = base64url.encode(bytes);
          expect(isCanonicalBase64url(text)).toBe(true);
          const other = text + noise;
          if (noise && isCanonicalBase64url(other))
            expect(base64url.encode(base64url.decode(other))).toBe(other);
        },
      ),
    );
  });

  it.each(["AB", "AAB", "A", "AA==", "A A", "AA\n", "AA+", "AA/"])("refuses %j", (text) => {
    expect(isCanonicalBase64url(text)).toBe(false);
  });
});

describe("jsonDepth", () => {
  it("counts what nests, and not brackets within strings", () => {
    expect(jsonDepth('{"a":[[1],{"b":2}]}')).toBe(3);
    expect(jsonDepth('["[[[[","\\"[["]')).toBe(1);
    expect(jsonDepth("[".repeat(60_000))).toBe(60_000);
  });
});

describe("macOf", () => {
  it("never takes two lists of fields for one", () => {
    const key = new Uint8Array(32);
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), (a, b) => {
        const same = a.length === b.length && a.every((field, i) => field === b[i]);
        const encoded = (fields: string[]) => base64url.encode(macOf(key, fields));
        if (a.every((text) => text.isWellFormed()) && b.every((text) => text.isWellFormed())) {
          expect(encoded(a) === encoded(b)).toBe(same);
        }
      }),
    );
    expect(macOf(key, ["ab", "c"])).not.toEqual(macOf(key, ["a", "bc"]));
  });
});

describe("a cursor", () => {
  const key = [{ kid: "a2V5MQ", key: new Uint8Array(32).fill(7) }];

  it("opens where it was issued, and nowhere else", () => {
    const cursor = sealCursor(key, "users:1", ["a", "b"]);
    expect(openCursor(key, "users:1", cursor)).toEqual(["a", "b"]);
    expect(openCursor(key, "users:2", cursor)).toBeUndefined();
    expect(openCursor([{ kid: "a2V5MQ", key: new Uint8Array(32) }], "users:1", cursor)).toBeUndefined();
  });

  it("opens to the position it was issued for, whatever that holds", () => {
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 3 }), anyText, (position, scope) => {
        const cursor = sealCursor(key, scope, position);
        expect(openCursor(key, scope, cursor)).toEqual(cursor.length > 2048 ? undefined : position);
        expect(openCursor(key, `${scope}x`, cursor)).toBeUndefined();
      }),
    );
  });

  it("does not open when altered, whatever it is fed", () => {
    const cursor = sealCursor(key, "s", ["a"]);
    fc.assert(
      fc.property(fc.nat(cursor.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, char) => {
        const altered = cursor.slice(0, at) + char + cursor.slice(at + 1);
        if (altered !== cursor) expect(openCursor(key, "s", altered)).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(fc.oneof(anyText, nearly(fc.constant(cursor))), (text) => {
        expect(openCursor(key, "s", text) !== undefined).toBe(text === cursor);
      }),
    );
  });
});

describe("parseClientAddress", () => {
  it.each([
    ["203.0.113.7", "203.0.113.7", "203.0.113.7"],
    ["::ffff:203.0.113.7", "203.0.113.7", "203.0.113.7"],
    ["::ffff:cb00:7107", "203.0.113.7", "203.0.113.7"],
    ["2001:DB8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::1", "2001:db8:1:2::1", "2001:db8:1:2::/64"],
    ["fe80::1%eth0", "fe80::1", "fe80::/64"],
  ])("reads %s as %s in %s", (text, ip, network) => {
    expect(parseClientAddress(text)).toEqual({ ip, network });
  });

  it.each(["", "unknown", "1.2.3", "0177.0.0.1", "0x7f.0.0.1", "1.2.3.4:80", "2130706433", "::g"])(
    "refuses %j",
    (text) => {
      expect(parseClientAddress(text)).toBeUndefined();
    },
  );

  it("knows which addresses lie within which ranges", () => {
    const ranges = [parseCidr("10.0.0.0/8"), parseCidr("::1/128")].filter((range) => range !== undefined);
    expect(["10.1.2.3", "::ffff:10.0.0.1", "::1"].map((ip) => isWithin(ip, ranges))).toEqual([
      true,
      true,
      true,
    ]);
    expect(["11.1.2.3", "::2", "rubbish", ""].map((ip) => isWithin(ip, ranges))).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});

describe("isLowEntropy", () => {
  it.each([
    "12345678901234567890123456789012",
    "abcdefghijklmnopqrstuvwxyz123456",
    "qwertyuiopasdfghjklzxcvbnmqwertyui",
    "your-super-secret-key-change-me-now",
    "supersecretsupersecretsupersecret12",
    `${"deadbeef".repeat(8)}0`,
    String.fromCharCode(...Array.from({ length: 32 }, (_, index) => index)),
  ])("catches %j", (secret) => {
    expect(isLowEntropy(secret)).toBe(true);
  });

  it("catches what people type and passes what is drawn", () => {
    expect(
      [
        "a".repeat(64),
        "0123456789".repeat(5),
        "passwordpasswordpasswordpassword",
        "secret-secret-secret-secret-secr",
      ].map(isLowEntropy),
    ).toEqual([true, true, true, true]);
    for (let i = 0; i < 200; i++) {
      const bytes = crypto.getRandomValues(new Uint8Array(32));
      expect(isLowEntropy(base64url.encode(bytes))).toBe(false);
      expect(isLowEntropy(Buffer.from(bytes).toString("hex"))).toBe(false);
    }
  });
});
