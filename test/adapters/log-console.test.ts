import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createGatheringLog, logToConsole } from "../../src/adapters/log-console.ts";
import type { Log } from "../../src/ports.ts";

const naughty: string[] = [
  ...JSON.parse(readFileSync("test/vectors/blns.json", "utf8")),
  'a\r\n{"time":"2026-01-01T00:00:00.000Z","event":"http.request","status":200}',
  "a\n\n\nb",
  "a\rb\u000bc\u000cd\u0085e\u2028f\u2029g",
  "\u001b[2J\u001b[1;31mred\u001b]0;title\u0007",
  "\u009b2J\u007f\u0000",
  "\u202etxt.exe\u2066x\u2069",
  "\ud800",
  '"}\\',
];
/** Whatever some reader of lines or some terminal takes for more than a character. */
const breaks = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u;

let written = "";
beforeEach(() => {
  written = "";
  vi.spyOn(console, "log").mockImplementation((text: string) => {
    written += `${text}\n`;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** All that was written, as lines, each without anything that would end or colour one. */
function linesOf(log: Log, flush: () => void): Record<string, unknown>[] {
  for (const text of naughty) log("test.naughty", { text, [`of ${text}`]: 1, within: [{ text }] });
  flush();
  const lines = written.split("\n");
  expect(lines.pop()).toBe("");
  expect(lines.filter((line) => breaks.test(line))).toEqual([]);
  return lines.map((line) => JSON.parse(line));
}

describe.each([
  ["a line at a time", () => ({ log: logToConsole, flush: () => undefined })],
  ["lines that gather", createGatheringLog],
] as const)("the log, %s", (_, create) => {
  it(`writes ${naughty.length} naughty strings as one line of JSON each, and loses nothing of them`, () => {
    const { log, flush } = create();
    const lines = linesOf(log, flush);
    expect(lines).toHaveLength(naughty.length);
    for (const [n, line] of lines.entries()) {
      const text = naughty[n] as string;
      expect(line).toEqual({
        time: line.time,
        event: "test.naughty",
        text,
        [`of ${text}`]: 1,
        within: [{ text }],
      });
      expect(new Date(String(line.time)).toISOString()).toBe(line.time);
    }
  });
});
