import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseReturnPath } from "../../src/lib/return-path.ts";
import { anyText } from "../support/texts.ts";

const ours = "https://auth.example.com";

describe("parseReturnPath", () => {
  it.each(["/", "/account", "/account?x=1", "/admin/users?q=%C3%A4&role=user#top", "/a//b", "/a:b@c"])(
    "takes %s as it is",
    (path) => expect(parseReturnPath(path)).toBe(path),
  );

  it("takes nothing that leads away, whatever it is made of", () => {
    const parts = fc.constantFrom(
      "/",
      "\\",
      "//",
      "@",
      ":",
      ".",
      "..",
      "evil.example",
      "https:",
      "%2f",
      "%5c",
      "\t",
      "\n",
      "\r",
      "\0",
      " ",
      "?",
      "#",
      "é",
      "account",
    );
    const texts = fc.oneof(
      anyText,
      fc.array(parts, { maxLength: 8 }).map((all) => all.join("")),
      fc.webUrl(),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const path = parseReturnPath(text);
        if (path === undefined) return;
        // As a browser reads a Location header: against the page, after it dropped tabs and line breaks.
        const url = new URL(path, `${ours}/login`);
        expect([path, url.origin, `${url.pathname}${url.search}${url.hash}`]).toEqual([text, ours, text]);
      }),
      { numRuns: 20_000 },
    );
  });
});
