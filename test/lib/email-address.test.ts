import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseEmailAddress } from "../../src/lib/email-address.ts";
import { anyText, nearly } from "../support/texts.ts";

const key = (text: string, allowLocalhost = false) => parseEmailAddress(text, { allowLocalhost })?.key;

describe("parseEmailAddress", () => {
  it.each([
    ["Ada@Example.COM", "ada@example.com"],
    ["a.b+c@example.com", "a.b+c@example.com"],
    ["x@bücher.example", "x@xn--bcher-kva.example"],
    ["x@BÜCHER.example", "x@xn--bcher-kva.example"],
    ["x@xn--bcher-kva.example", "x@xn--bcher-kva.example"],
    ["o'brien-x@example.com".replace("'", "_"), "o_brien-x@example.com"],
  ])("reads %j as %j", (typed, expected) => {
    expect(parseEmailAddress(typed)).toEqual({ typed, key: expected });
  });

  it.each([
    "",
    "a",
    "@",
    "a@",
    "@b.co",
    "a@b",
    "a@@b.co",
    "a@b@c.co",
    "a b@c.co",
    "a@b c.co",
    "a,b@c.co",
    "a@x.co,b@y.co",
    '"a"@b.co',
    "a@b.co\r\nBcc: c@d.co",
    "a\u0000@b.co",
    "a@b.co\u0000",
    ".a@b.co",
    "a.@b.co",
    "a..b@c.co",
    "ä@b.co",
    "victim\uff20x.co",
    "\u0131@b.co",
    "\u212a@b.co",
    "a\u200b@b.co",
    "a@[127.0.0.1]",
    "a@127.0.0.1",
    "a@0x7f.1",
    "a@b.co.",
    "a@-b.co",
    "a@b_c.co",
    "a@b.co/x",
    "a@b.co:25",
    "a@%62.co",
    "a@b.co?x",
    "a@b.co#x",
    "a@localhost",
    `${"a".repeat(65)}@b.co`,
    `a@${"b".repeat(250)}.co`,
    "<a@b.co>",
    "a(x)@b.co",
    "a@b\\c.co",
    "a@b.co\u00ad",
  ])("refuses %j", (typed) => {
    expect(parseEmailAddress(typed)).toBeUndefined();
  });

  it("takes localhost where development allows it", () => {
    expect(key("a@localhost", true)).toBe("a@localhost");
  });

  it("keeps dots and tags apart: the mail host decides what they mean", () => {
    expect(key("a.b@example.com")).not.toBe(key("ab@example.com"));
    expect(key("ab+1@example.com")).not.toBe(key("ab@example.com"));
  });

  it("gives a key that is ASCII, lower case, bounded and its own key, whatever it is fed", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.emailAddress(),
          anyText,
          nearly(fc.emailAddress()),
          fc.emailAddress().map((text) => text.toUpperCase()),
          fc.tuple(fc.string(), fc.domain()).map((p) => p.join("@")),
        ),
        (text) => {
          const parsed = key(text);
          if (parsed === undefined) return;
          expect(parsed).toMatch(/^[\x21-\x7e]+$/);
          expect(parsed).toBe(parsed.toLowerCase());
          expect(parsed.length).toBeLessThanOrEqual(254);
          expect(key(parsed)).toBe(parsed);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
