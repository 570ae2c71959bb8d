import { createHash } from "node:crypto";
import { generateKeyPair } from "jose";
import { afterAll, describe, expect, it } from "vitest";
import { type StubIssuer, startStubIssuer } from "../support/stub-issuer.ts";
import { startVerifier, type Verifier, verifierNames } from "./verifiers.ts";

const stops: (() => Promise<unknown>)[] = [];
afterAll(() => Promise.all(stops.map((stop) => stop())));

async function start(name: string, environment: Record<string, string> = {}) {
  const stub = await startStubIssuer();
  stops.push(stub.close);
  const verifier = await startVerifier(name, { ISSUER: stub.url, ...environment });
  stops.push(verifier.stop);
  return { stub, verifier };
}

const later = (ms: number) => new Promise((done) => setTimeout(done, ms));
const now = () => Math.floor(Date.now() / 1000);
const prefixOf = (id: string) =>
  createHash("sha256").update(id).digest().subarray(0, 8).toString("base64url");
const fetchesOf = (stub: StubIssuer) =>
  stub.received.filter(({ url }) => url.endsWith("/revocations")).length;

/** Has the issuer hand out `feed`, and asks with a token until the verifier has fetched it; how that was answered. */
async function handOut(
  stub: StubIssuer,
  verifier: Verifier,
  feed: StubIssuer["says"]["feed"],
  token: string,
) {
  stub.says.feed = feed;
  const before = fetchesOf(stub);
  for (;;) {
    const { status } = await verifier.ask(token);
    if (fetchesOf(stub) > before) return status;
    await later(50);
  }
}

async function badFeeds(stub: StubIssuer) {
  const stranger = (await generateKeyPair("ES256")).privateKey;
  return {
    "not there": { status: 404, body: "" },
    "no JWS": { body: "gibberish" },
    "an access token": { body: await stub.token({ entries: "", overflow: false }) },
    "of another type": { body: await stub.feed({}, { typ: "at+jwt" }) },
    "signed by another key": { body: await stub.feed({}, { key: stranger }) },
    "of another issuer": { body: await stub.feed({ iss: "https://other.example" }) },
    expired: { body: await stub.feed({ iat: now() - 61, exp: now() - 1 }) },
    "without an end": { body: await stub.feed({ exp: undefined }) },
    "without entries": { body: await stub.feed({ entries: undefined }) },
  };
}

describe("the feed that an example goes by", () => {
  it.concurrent.each(verifierNames)(
    "is the issuer's own, the newest, and no older than it says: %s",
    { timeout: 120_000 },
    async (name) => {
      const { stub, verifier } = await start(name);
      const [live, ended] = [crypto.randomUUID(), crypto.randomUUID()];
      const [liveToken, endedToken] = [
        await stub.token({ sid: live }),
        await stub.token({ jti: ended, gty: "client_credentials" }),
      ];

      stub.says.keys = { status: 500, body: "" };
      const keyless = await verifier.ask(liveToken);
      expect([keyless.status, keyless.headers.get("retry-after")]).toEqual([503, "2"]);
      stub.says.keys = stub.good.keys;

      for (const [what, feed] of Object.entries(await badFeeds(stub))) {
        expect([what, await handOut(stub, verifier, feed, liveToken)]).toEqual([what, 503]);
      }

      // More ended than it lists, and no client to introspect with. It is fetched once, however many ask.
      await later(1100);
      const entries = prefixOf(ended);
      stub.says.feed = { body: await stub.feed({ entries, overflow: true }) };
      const before = fetchesOf(stub);
      const replies = await Promise.all(Array.from({ length: 20 }, () => verifier.ask(liveToken)));
      expect([new Set(replies.map(({ status }) => status)), fetchesOf(stub) - before]).toEqual([
        new Set([503]),
        1,
      ]);
      expect((await verifier.ask(endedToken)).status).toBe(401);

      const iat = now();
      const expiresAt = iat + 15;
      const short = { body: await stub.feed({ iat, exp: expiresAt, entries }) };
      expect(await handOut(stub, verifier, short, liveToken)).toBe(200);
      expect((await verifier.ask(endedToken)).status).toBe(401);

      const older = { body: await stub.feed({ iat: iat - 1 }) };
      expect(await handOut(stub, verifier, older, liveToken)).toBe(200);
      expect((await verifier.ask(endedToken)).status).toBe(401);

      await stub.close();
      expect((await verifier.ask(liveToken)).status).toBe(200);
      for (;;) {
        const sentAt = Date.now() / 1000;
        const { status } = await verifier.ask(liveToken);
        const answeredAt = Date.now() / 1000;
        if (answeredAt < expiresAt) expect(status).toBe(200);
        if (sentAt >= expiresAt) expect(status).toBe(503);
        if (status === 503) break;
        await later(50);
      }
    },
  );

  it.concurrent.each(verifierNames)("is not asked for with REVOCATIONS=off: %s", async (name) => {
    const { stub, verifier } = await start(name, { REVOCATIONS: "off" });
    expect([(await verifier.ask(await stub.token())).status, fetchesOf(stub)]).toEqual([200, 0]);
  });
});
