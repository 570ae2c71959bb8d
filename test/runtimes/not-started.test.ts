import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWorkerd } from "../support/workerd.ts";

let worker: Awaited<ReturnType<typeof startWorkerd>>;

beforeAll(async () => {
  worker = await startWorkerd({ DATABASE_URL: "postgres-canary" });
});
afterAll(() => worker?.stop());

const fixed = {
  "strict-transport-security": "max-age=63072000; includeSubDomains",
  "content-security-policy":
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};
const of = ({ headers }: Response) =>
  Object.fromEntries(Object.keys(fixed).map((name) => [name, headers.get(name)]));

describe("on Workers, what our own code does not answer, or only in a word", () => {
  it("is a 503 with every header, and what is wrong for the log alone", async () => {
    const reply = await fetch(`${worker.origin}/login`);
    expect([reply.status, of(reply)]).toEqual([503, fixed]);
    expect(reply.headers.get("content-type")).toBe("application/problem+json");
    const text = await reply.text();
    expect(text).toContain('"unavailable"');
    expect(text).not.toMatch(/DATABASE_URL|canary/);
    expect(worker.logs()).toContain("server.not_started");
  });

  it.each(readdirSync("public/assets"))("are the assets, with the same: %s", async (name) => {
    const reply = await fetch(`${worker.origin}/assets/${name}`);
    expect([reply.status, of(reply)]).toEqual([200, fixed]);
    expect(reply.headers.get("content-type")).toMatch(
      /^(text\/(javascript|css)|image\/svg\+xml); charset=utf-8$/,
    );
    await reply.arrayBuffer();
  });
});
