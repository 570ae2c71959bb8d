import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatMessage } from "../../src/lib/mime.ts";
import { readMessage } from "../support/smtp.ts";

const message = (changes: Partial<Parameters<typeof formatMessage>[0]> = {}) =>
  formatMessage({
    from: { name: undefined, address: "a@example.com" },
    to: "b@example.com",
    subject: "Hello",
    text: "text",
    html: "<p>html</p>",
    date: new Date("2026-11-24T10:31:00Z"),
    fields: { "Message-ID": "<1@example.com>" },
    id: "1",
    ...changes,
  });

/** What the encodings are about, close together: specials, characters of 1 to 4 bytes, some line ends. */
const unit = fc.constantFrom(..."aZ4 =.\t?_é€😀\ud800".repeat(4), "\r", "\n");

/** RFC 2047, as a mail reader undoes it. */
function decodeWords(text: string): string {
  const bytes = text
    .replace(/\?= +=\?/g, "?==?")
    .replace(/=\?utf-8\?B\?([^?]*)\?=/g, (_, word: string) => atob(word));
  return Buffer.from(bytes, "latin1").toString("utf8");
}

describe("a message", () => {
  it("is an alternative of text and HTML with the fields every message needs (RFC 5322 §3.6)", () => {
    const { fields, parts } = readMessage(message());
    expect(fields).toEqual({
      From: "a@example.com",
      To: "b@example.com",
      Subject: "Hello",
      Date: "Tue, 24 Nov 2026 10:31:00 +0000",
      "Message-ID": "<1@example.com>",
      "MIME-Version": "1.0",
      "Content-Type": 'multipart/alternative; boundary="=_1"',
    });
    // RFC 2046 §5.1.4: the best comes last.
    expect(Object.entries(parts)).toEqual([
      ["text/plain", "text"],
      ["text/html", "<p>html</p>"],
    ]);
  });

  it("carries any text there and back, in short 7-bit lines that begin with no dot", () => {
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 400, size: "max" }), (text) => {
        const whole = message({ text, html: `.${text}` });
        for (const line of whole.split("\r\n")) expect(line).toMatch(/^(?!\.)[\t\x20-\x7e]{0,76}$/);
        const { parts } = readMessage(whole);
        const expected = text.toWellFormed().replace(/\r\n|\r|\n/g, "\r\n");
        expect(parts).toEqual({ "text/plain": expected, "text/html": `.${expected}` });
      }),
    );
  });

  it("carries any subject and name on words of at most 75 characters (RFC 2047 §2)", () => {
    fc.assert(
      fc.property(fc.string({ unit, minLength: 20, maxLength: 120, size: "max" }), (subject) => {
        const plain = `é${subject.toWellFormed().replace(/\p{Cc}/gu, "")}`;
        const whole = message({ subject: plain, from: { name: plain, address: "a@example.com" } });
        for (const [word] of whole.matchAll(/=\?\S*/g)) expect(word.length).toBeLessThanOrEqual(75);
        const { fields } = readMessage(whole);
        expect(decodeWords(fields.Subject ?? "")).toBe(plain);
        expect(decodeWords(fields.From ?? "")).toBe(`${plain} <a@example.com>`);
      }),
    );
  });

  it("quotes a name of ASCII (RFC 5322 §3.2.4)", () => {
    const { fields } = readMessage(message({ from: { name: 'Acme, "Inc" \\', address: "a@example.com" } }));
    expect(fields.From).toBe('"Acme, \\"Inc\\" \\\\" <a@example.com>');
  });
});
