import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createHibpCheck } from "../../src/adapters/breach-hibp.ts";
import { type Answer, startHttpServer } from "../support/http-server.ts";
import type { LogLine } from "../support/service.ts";

const password = "P@ssw0rd-ünïcode";
const hash = createHash("sha1").update(password).digest("hex").toUpperCase();
const [prefix, suffix] = [hash.slice(0, 5), hash.slice(5)];
const other = `${"0".repeat(34)}1`;

let server: Awaited<ReturnType<typeof startHttpServer>>;
let answer: Answer;
const logs: LogLine[] = [];
const check = (base = server.url) =>
  createHibpCheck((event, fields) => void logs.push({ event, fields }), base)(password);

beforeAll(async () => {
  server = await startHttpServer(() => answer);
});
beforeEach(() => {
  server.received.length = 0;
  logs.length = 0;
});
afterAll(() => server.close());

describe("the lookup in Have I Been Pwned", () => {
  it.each([
    ["a line with its suffix", `${other}:3\r\n${suffix}:1\r\n`, true],
    ["its suffix in lower case", `${suffix.toLowerCase()}:52579`, true],
    ["other suffixes alone", `${other}:3\r\n${suffix.slice(1)}A:9`, false],
    ["its suffix as padding, with the count 0", `${other}:3\r\n${suffix}:0\r\n`, false],
    ["nothing", "", false],
  ])("of a reply with %s", async (_, body, expected) => {
    answer = { body };
    expect(await check()).toBe(expected);
    expect(logs).toEqual([]);
  });

  it("sends five characters of the hash, asks for padding, and sends nothing else", async () => {
    answer = { body: `${suffix}:1` };
    await check();
    expect(server.received).toHaveLength(1);
    const { method, url, headers, body } = server.received.at(-1) ?? {};
    expect([method, url, headers?.["add-padding"], body]).toEqual(["GET", `/range/${prefix}`, "true", ""]);
    const sent = JSON.stringify(server.received).toUpperCase();
    for (const secret of [suffix, suffix.slice(0, 8), password.toUpperCase()])
      expect(sent).not.toContain(secret);
  });

  it.each<[string, Answer, object]>([
    ["answers 503", { status: 503, body: `${suffix}:1` }, { status: 503 }],
    ["redirects", { status: 302, headers: { location: "/" }, body: "" }, { status: 302 }],
    ["does not answer within a second", undefined, { name: "TimeoutError" }],
  ])("lets the password by when the service %s, and logs nothing of it", async (_, reply, why) => {
    answer = reply;
    const started = performance.now();
    expect(await check()).toBe(false);
    expect(performance.now() - started).toBeLessThan(2500);
    expect(logs).toEqual([{ event: "password.breach_check_failed", fields: why }]);
  });

  it("lets the password by when there is no connection, and logs nothing of it", async () => {
    const gone = await startHttpServer(() => undefined);
    await gone.close();
    expect(await check(gone.url)).toBe(false);
    expect(logs).toEqual([{ event: "password.breach_check_failed", fields: { name: "TypeError" } }]);
  });
});
