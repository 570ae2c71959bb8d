import { createHash } from "node:crypto";
import { decodeProtectedHeader, exportJWK, generateKeyPair, type JWK } from "jose";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config.ts";
import { loadKeys } from "../../src/token/keys.ts";
import { testEnvironment } from "../support/environment.ts";
import { startService } from "../support/service.ts";

async function keySet(...algs: string[]): Promise<string> {
  const keys: JWK[] = [];
  for (const alg of algs) {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    keys.push({ ...(await exportJWK(privateKey)), alg });
  }
  return JSON.stringify({ keys });
}

const secret = (label: string) => createHash("sha512").update(`${label}${Date.now()}`).digest("base64url");

describe("access tokens are signed by JWT_ALGORITHM", () => {
  it.each(["ES256", "RS256", "PS256", "EdDSA"])("%s from a JWK set, all of which verify", async (alg) => {
    const keys = await keySet(alg, alg === "ES256" ? "EdDSA" : "ES256");
    const service = await startService({ JWT_ALGORITHM: alg, ACCESS_TOKEN_SIGNING_KEYS: keys });
    const { access_token: token } = await service.signUp();
    expect(decodeProtectedHeader(token)).toMatchObject({ alg, typ: "at+jwt" });
    expect((await service.call("GET", "users/me", { token })).status).toBe(200);
    const { body } = await service.call<{ keys: JWK[] }>("GET", "/.well-known/jwks.json");
    expect(body.keys).toHaveLength(2);
    for (const jwk of body.keys) expect(Object.keys(jwk)).not.toEqual(expect.arrayContaining(["d"]));
    await service.close();
  });

  it.each(["HS256", "HS384", "HS512"])("%s from a shared secret, with an empty key set", async (alg) => {
    const service = await startService({ JWT_ALGORITHM: alg, ACCESS_TOKEN_SECRET_KEY: secret("a") });
    const { access_token: token } = await service.signUp();
    expect(decodeProtectedHeader(token)).toMatchObject({ alg, typ: "at+jwt" });
    expect((await service.call("GET", "users/me", { token })).status).toBe(200);
    expect((await service.call("GET", "/.well-known/jwks.json")).body).toEqual({ keys: [] });
    await service.close();
  });

  it("and not by a set whose keys cannot be told apart or imported", async () => {
    const one = JSON.parse(await keySet("ES256")) as { keys: JWK[] };
    const two = JSON.parse(await keySet("ES256")) as { keys: JWK[] };
    const same = { keys: [...one.keys, ...two.keys].map((jwk) => ({ ...jwk, kid: "same" })) };
    const broken = { keys: [{ ...one.keys[0], d: two.keys[0]?.d }] };
    for (const set of [same, broken]) {
      const raw = testEnvironment({
        DATABASE_URL: "postgresql://a:b@127.0.0.1/c",
        ACCESS_TOKEN_SIGNING_KEYS: JSON.stringify(set),
      });
      await expect(loadKeys(parseConfig(raw))).rejects.toThrow("ACCESS_TOKEN_SIGNING_KEYS");
    }
  });

  it("and still verify under the previous secret during a rotation", async () => {
    const [old, next] = [secret("old"), secret("next")];
    const before = await startService({
      JWT_ALGORITHM: "HS256",
      ACCESS_TOKEN_SECRET_KEY: old,
      REFRESH_TOKEN_SECRET_KEY: `${old}r`,
    });
    const { access_token: token, refresh_token } = await before.signUp();
    const after = await startService({
      JWT_ALGORITHM: "HS256",
      ACCESS_TOKEN_SECRET_KEY: next,
      ACCESS_TOKEN_SECRET_KEY_PREVIOUS: old,
      REFRESH_TOKEN_SECRET_KEY: `${next}r`,
      REFRESH_TOKEN_SECRET_KEY_PREVIOUS: `${old}r`,
    });
    // Another process on the same database, with the new secrets.
    const rotated = { ...before.deps, config: after.deps.config, keys: after.deps.keys };
    const { createApp } = await import("../../src/app.ts");
    const app = createApp(rotated);
    const edge = { remoteAddress: "10.0.0.1" };
    const me = new Request("http://localhost:8787/api/v1/users/me", {
      headers: { authorization: `Bearer ${token}` },
    });
    expect((await app.fetch(me, edge)).status).toBe(200);
    const refresh = new Request("http://localhost:8787/api/v1/auth/refresh", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ refresh_token }),
    });
    expect((await app.fetch(refresh, edge)).status).toBe(200);
    await before.close();
    await after.close();
  });
});
