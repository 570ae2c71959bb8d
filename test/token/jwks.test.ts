import type { JWK } from "jose";
import { describe, expect, it } from "vitest";
import { generateSecrets } from "../../scripts/secrets.ts";
import { ConfigError, parseConfig } from "../../src/config.ts";
import { loadKeys } from "../../src/token/keys.ts";
import { testEnvironment } from "../support/environment.ts";
import { startService, useService } from "../support/service.ts";

const service = useService();

const path = "/.well-known/jwks.json";
const get = (headers: Record<string, string> = {}, client = service) => client.call("GET", path, { headers });

describe("the key set that others fetch", () => {
  it("has a strong ETag, by which a cache asks whether it has changed", async () => {
    const { status, headers, body } = await get();
    const etag = headers.get("etag") ?? "";
    expect([status, headers.get("cache-control")]).toEqual([200, "public, max-age=300"]);
    expect(etag).toMatch(/^"[0-9a-f]{40}"$/);
    expect((await get()).headers.get("etag")).toBe(etag);
    // A cache on the way may have made it weak, and ask for several; `*` is any.
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const same = await get({ "if-none-match": known });
      expect([same.status, same.text]).toEqual([304, ""]);
      expect(Object.fromEntries(same.headers)).toMatchObject({
        etag,
        "cache-control": "public, max-age=300",
        vary: "Origin",
        "access-control-allow-origin": "*",
        "access-control-expose-headers": expect.stringContaining("ETag"),
        "x-request-id": expect.any(String),
      });
    }
    const other = await get({ "if-none-match": '"other"' });
    expect([other.status, other.body]).toEqual([200, body]);
  });

  it("has another ETag once a key is added to it", async () => {
    const before = (await get()).headers.get("etag") ?? "";
    const keys = [testEnvironment(), await generateSecrets()].flatMap(
      ({ ACCESS_TOKEN_SIGNING_KEYS = "" }) => (JSON.parse(ACCESS_TOKEN_SIGNING_KEYS) as { keys: JWK[] }).keys,
    );
    const next = await startService({ ACCESS_TOKEN_SIGNING_KEYS: JSON.stringify({ keys }) });
    const { status, body, headers } = await next.call<{ keys: JWK[] }>("GET", path, {
      headers: { "if-none-match": before },
    });
    expect([status, body.keys.map(({ kid }) => kid)]).toEqual([200, keys.map(({ kid }) => kid)]);
    expect(headers.get("etag")).not.toBe(before);
    // What is ours stays with us.
    for (const jwk of body.keys) {
      expect(Object.keys(jwk).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
    }
    await next.close();
  });
});

describe("a key for another use than signing is refused at start", () => {
  const withKey = (members: Record<string, unknown>) => {
    const set = JSON.parse(testEnvironment().ACCESS_TOKEN_SIGNING_KEYS ?? "") as { keys: JWK[] };
    const keys = [...set.keys, { ...set.keys[0], kid: "other", use: undefined, ...members }];
    return testEnvironment({
      DATABASE_URL: "postgresql://a:b@127.0.0.1/c",
      ACCESS_TOKEN_SIGNING_KEYS: JSON.stringify({ keys }),
    });
  };

  it.each([
    { use: "enc" },
    { use: "" },
    { use: null },
    { key_ops: ["verify"] },
    { key_ops: ["deriveKey", "deriveBits"] },
    { key_ops: [] },
    { key_ops: "sign" },
    { use: "enc", key_ops: ["sign"] },
  ])("%j", (members) => {
    const parse = () => parseConfig(withKey(members));
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow("ACCESS_TOKEN_SIGNING_KEYS: must be a private JWK set, each key for signing");
  });

  it.each([{}, { use: "sig" }, { key_ops: ["sign"] }, { key_ops: ["verify", "sign"], use: "sig" }])(
    "but not %j",
    async (members) => {
      const { jwks } = await loadKeys(parseConfig(withKey(members)));
      expect(jwks.keys.map(({ kid }) => kid)).toContain("other");
    },
  );
});
