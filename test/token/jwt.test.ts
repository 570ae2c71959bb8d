import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config.ts";
import { signJwt, verifyJwt } from "../../src/token/jwt.ts";
import { loadKeys, type NamedKey } from "../../src/token/keys.ts";
import { testEnvironment } from "../support/environment.ts";

const config = parseConfig(testEnvironment({ DATABASE_URL: "postgresql://a:b@127.0.0.1/c" }));
const { access, refresh } = await loadKeys(config);
const now = new Date("2026-11-27T12:00:00Z");
const seconds = now.getTime() / 1000;
const good = { iss: "https://auth.example.com", aud: "api", sub: "ada", exp: seconds + 60 };
const rules = {
  typ: "at+jwt",
  issuer: "https://auth.example.com",
  audience: "api",
  now,
  required: ["exp", "sub"],
};

const outcome = (token: string, keys: ReadonlyMap<string, NamedKey> = access.verify) =>
  verifyJwt(keys, token, 4096, rules).then(
    (claims) => claims,
    (error: Error) => error.message,
  );

/** Signed with our key, whatever the header says. */
async function withHeader(header: object): Promise<string> {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const input = `${encode(header)}.${encode(good)}`;
  const signature = await access.sign.signature.sign(new TextEncoder().encode(input));
  return `${input}.${Buffer.from(signature).toString("base64url")}`;
}

describe("a token of ours", () => {
  it("is taken", async () => {
    expect(await outcome(await signJwt(access.sign, "at+jwt", good))).toEqual(good);
    expect(
      await outcome(await signJwt(access.sign, "at+jwt", { ...good, aud: ["other", "api"] })),
    ).toMatchObject({
      sub: "ada",
    });
    expect(await outcome(await signJwt(access.sign, "at+jwt", { ...good, nbf: seconds }))).toMatchObject({
      sub: "ada",
    });
  });

  it.each([
    ["expires now", { exp: seconds }, "it has expired"],
    ["has no end", { exp: undefined }, "it has no exp"],
    ["ends by a text", { exp: "tomorrow" }, "one of its times is no number"],
    ["is for later", { nbf: seconds + 1 }, "its time has not come"],
    ["is of another issuer", { iss: "https://auth.example.com/" }, "its issuer is another"],
    ["is for another", { aud: "app" }, "its audience is another"],
    ["is for several others", { aud: ["app", "ap"] }, "its audience is another"],
    ["is of nobody", { sub: undefined }, "it has no sub"],
  ])("is refused when it %s", async (_, claims, message) => {
    expect(await outcome(await signJwt(access.sign, "at+jwt", { ...good, ...claims } as never))).toBe(
      message,
    );
  });

  it("is refused with another typ, whoever signed it", async () => {
    for (const typ of ["rt+jwt", "JWT", "AT+JWT", "application/at+jwt"]) {
      expect(await outcome(await signJwt(access.sign, typ, good))).toBe("its typ is another");
    }
    expect(await outcome(await signJwt(refresh.sign, "at+jwt", good))).toBe("it is none of ours");
  });

  it.each([
    ["no algorithm", { alg: "none" }],
    ["another algorithm", { alg: "HS256" }],
    ["extensions that it says are critical", { crit: ["exp"] }],
    ["an unencoded payload", { b64: false }],
    ["no key", { kid: undefined }],
    ["a key of the language", { kid: "__proto__" }],
    ["a list of keys", { kid: [access.sign.kid] }],
  ])("is refused when its header names %s, under a signature that is right", async (_, header) => {
    const { kid, alg } = access.sign;
    expect(await outcome(await withHeader({ alg, kid, typ: "at+jwt" }))).toEqual(good);
    expect(await outcome(await withHeader({ alg, kid, typ: "at+jwt", ...header }))).toBe(
      "it is none of ours",
    );
  });

  it("is refused when it expires, though it was good before", async () => {
    const token = await signJwt(access.sign, "at+jwt", good);
    expect(await verifyJwt(access.verify, token, 4096, rules)).toMatchObject({ sub: "ada" });
    const later = new Date(now.getTime() + 3_600_000);
    await expect(verifyJwt(access.verify, token, 4096, { ...rules, now: later })).rejects.toThrow(
      "it has expired",
    );
    await expect(verifyJwt(access.verify, token, 100, rules)).rejects.toThrow("it is none of ours");
  });

  it("that was good once is looked up, and one that differs by a letter is not taken for it", async () => {
    let verified = 0;
    const named = access.verify.get(access.sign.kid) as NamedKey;
    const verify: typeof named.signature.verify = (...args) => {
      verified++;
      return named.signature.verify(...args);
    };
    const keys = new Map([[named.kid, { ...named, signature: { ...named.signature, verify } }]]);
    const token = await signJwt(access.sign, "at+jwt", good);
    for (let count = 0; count < 3; count++) await verifyJwt(keys, token, 4096, rules);
    expect(verified).toBe(1);
    const [head, body, signature = ""] = token.split(".");
    const forged = `${head}.${body}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
    for (let count = 1; count <= 2; count++) {
      await expect(verifyJwt(keys, forged, 4096, rules)).rejects.toThrow("it is none of ours");
      expect(verified).toBe(1 + count);
    }
  });
});
