import { calculateJwkThumbprint, type JWK } from "jose";
import { describe, expect, it } from "vitest";
import { type DatedJwk, newSecret } from "../../scripts/secrets.ts";
import { parseConfig } from "../../src/config.ts";
import { loadKeys } from "../../src/token/keys.ts";
import { testEnvironment } from "../support/environment.ts";
import { runForEnvironment } from "../support/script.ts";

/** No step but that of retiring an encryption key asks the database. */
const unreached = { DATABASE_URL: "postgresql://a:b@127.0.0.1:1/c" };
const rotate = (args: string[], environment: Record<string, string> = {}) =>
  runForEnvironment("rotate-keys", args, { ...testEnvironment(unreached), ...environment });

const keysIn = ({ ACCESS_TOKEN_SIGNING_KEYS = "" }: Record<string, string>) =>
  (JSON.parse(ACCESS_TOKEN_SIGNING_KEYS) as { keys: DatedJwk[] }).keys;

describe("npm run keys:generate", () => {
  it("prints what a service starts on, with any algorithm of signatures", async () => {
    const before = Math.floor(Date.now() / 1000);
    const calls = [[], ["--alg", "RS256"], ["--alg", "PS256"], ["--alg", "EdDSA"]];
    const runs = await Promise.all(calls.map((args) => runForEnvironment("generate-keys", args, {})));
    for (const [index, { status, stdout, stderr, set }] of runs.entries()) {
      const alg = calls[index]?.[1] ?? "ES256";
      expect([status, stderr]).toEqual([0, ""]);
      expect(stdout.split("\n").every((line) => /^([A-Z_]+='[^']+')?$/.test(line))).toBe(true);
      const [key, ...more] = keysIn(set);
      expect(more).toEqual([]);
      expect(key).toMatchObject({ alg, use: "sig", kid: await calculateJwkThumbprint(key as JWK) });
      expect(key?.iat).toBeGreaterThanOrEqual(before);
      const { access } = await loadKeys(parseConfig({ ...testEnvironment(unreached), ...set }));
      expect([access.sign.alg, access.sign.kid]).toEqual([alg, key?.kid]);
    }
    const values = runs.flatMap(({ set }) => Object.values(set).filter((value) => value.length > 5));
    expect(new Set(values).size).toBe(3 * calls.length);
  });

  it("says how it is called", async () => {
    const { status, stdout, stderr } = await runForEnvironment("generate-keys", ["--alg", "HS256"], {});
    expect([status, stdout, stderr]).toEqual([1, "", expect.stringMatching(/^Usage/)]);
  });
});

describe("npm run keys:rotate", () => {
  it("prints nothing but the lines to set, and says on the other stream what they do and what is next", async () => {
    const { status, stdout, stderr, set } = await rotate([]);
    expect([status, Object.keys(set), stdout.trimEnd().split("\n").length]).toEqual([
      0,
      ["ACCESS_TOKEN_SIGNING_KEYS"],
      1,
    ]);
    const [old, fresh, ...more] = keysIn(set);
    expect([old, more]).toEqual([keysIn(testEnvironment())[0], []]);
    expect(stderr).toMatch(/^Step 1 of 3, publish/);
    const due = new Date((Number(fresh?.iat) + 600) * 1000).toISOString().replace(".000", "");
    expect(stderr).toContain(`Step 2 at the earliest at ${due}`);
    for (const key of [old, fresh]) expect(stderr).not.toContain(String(key?.d));
    const { access, jwks } = await loadKeys(parseConfig({ ...testEnvironment(unreached), ...set }));
    expect([access.sign.kid, jwks.keys.map(({ kid }) => kid)]).toEqual([old?.kid, [old?.kid, fresh?.kid]]);
  });

  it("takes the shared secret of HS512 by named steps through …_PREVIOUS", async () => {
    const old = newSecret();
    const [name, before] = ["ACCESS_TOKEN_SECRET_KEY", "ACCESS_TOKEN_SECRET_KEY_PREVIOUS"];
    const environment = { JWT_ALGORITHM: "HS512", [name]: old };
    const published = await rotate(["publish"], environment);
    expect([published.status, Object.keys(published.set)]).toEqual([0, [before]]);
    const fresh = published.set[before] ?? "";
    const signed = await rotate(["sign"], { ...environment, ...published.set });
    expect([signed.status, signed.set]).toEqual([0, { [name]: fresh, [before]: old }]);
    const [retired, twice, none] = await Promise.all([
      rotate(["retire"], { ...environment, ...signed.set }),
      rotate(["publish"], { ...environment, ...published.set }),
      rotate(["retire"], environment),
    ]);
    expect([retired.status, retired.set]).toEqual([0, { [before]: "" }]);
    expect(retired.stderr).toContain("the last restart must be 1860 seconds ago");
    for (const { set, stderr } of [published, signed, retired]) {
      expect(stderr).not.toContain(fresh);
      // Each of them is an environment that starts.
      await loadKeys(parseConfig({ ...testEnvironment(unreached), ...environment, ...set }));
    }
    expect([twice.status, twice.stdout, twice.stderr]).toEqual([1, "", expect.stringContaining("under way")]);
    expect([none.status, none.stdout, none.stderr]).toEqual([1, "", expect.stringContaining("not set")]);
  });

  it("says how it is called, and what is wrong with the environment", async () => {
    const calls = [["publish"], ["refresh"], ["a", "sign"], ["--what"]];
    for (const { status, stdout, stderr } of await Promise.all(calls.map((args) => rotate(args)))) {
      expect([status, stdout, stderr]).toEqual([1, "", expect.stringMatching(/^Usage/)]);
    }
    const { status, stderr } = await rotate([], { REFRESH_TOKEN_SECRET_KEY: "short" });
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining("REFRESH_TOKEN_SECRET_KEY: needs at least"),
    ]);
  });
});
