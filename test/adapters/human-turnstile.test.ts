import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTurnstileCheck } from "../../src/adapters/human-turnstile.ts";
import { Unavailable } from "../../src/ports.ts";
import { type Answer, startHttpServer } from "../support/http-server.ts";

const says = (verdict: unknown, status = 200): Answer => ({ status, body: JSON.stringify(verdict) });
const refused = (...codes: string[]) => says({ success: false, "error-codes": codes });

let server: Awaited<ReturnType<typeof startHttpServer>>;
let answer: Answer;
const check = (base = server.url) => createTurnstileCheck("the-secret", base)("the token", "2001:db8::1");

beforeAll(async () => {
  server = await startHttpServer(() => answer);
});
afterAll(() => server.close());

describe("Turnstile", () => {
  it("is asked with the secret, the token and the client's address", async () => {
    answer = says({ success: true, "error-codes": [] });
    expect(await check()).toBe(true);
    const { method, url, body } = server.received.at(-1) ?? {};
    expect([method, url]).toEqual(["POST", "/turnstile/v0/siteverify"]);
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      secret: "the-secret",
      response: "the token",
      remoteip: "2001:db8::1",
    });
  });

  it.each(["invalid-input-response", "timeout-or-duplicate", "missing-input-response"])(
    "refuses a token for %s",
    async (code) => {
      answer = refused(code);
      expect(await check()).toBe(false);
    },
  );

  it.each<[string, Answer]>([
    ["our secret is wrong", refused("invalid-input-secret")],
    ["our secret is wrong as well as the token", refused("invalid-input-response", "invalid-input-secret")],
    ["it has trouble of its own", refused("internal-error")],
    ["success is no boolean", says({ success: "true" })],
    ["there is no verdict in its JSON", says({})],
    ["its JSON is no object", says(null)],
    ["it does not speak JSON", { body: "<html>success</html>" }],
    ["it answers 502 with a page", { status: 502, body: "<html></html>" }],
    ["it redirects", { status: 302, headers: { location: "/elsewhere" }, body: "" }],
    ["it does not answer within three seconds", undefined],
  ])("is unavailable, never a pass, when %s", async (_, reply) => {
    answer = reply;
    const started = performance.now();
    await expect(check()).rejects.toThrow(Unavailable);
    expect(performance.now() - started).toBeLessThan(4500);
  });

  it("is unavailable when there is no connection", async () => {
    const gone = await startHttpServer(() => undefined);
    await gone.close();
    await expect(check(gone.url)).rejects.toThrow(Unavailable);
  });
});
