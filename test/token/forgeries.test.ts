import { base64url, decodeJwt, exportJWK, generateKeyPair, SignJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import type { Account } from "../support/client.ts";
import { useService } from "../support/service.ts";

const service = useService();

let account: Account;

beforeAll(async () => {
  account = await service.signUp();
});

const encode = (value: unknown) => base64url.encode(JSON.stringify(value));
const parts = () => account.access_token.split(".") as [string, string, string];
const header = () =>
  JSON.parse(new TextDecoder().decode(base64url.decode(parts()[0]))) as Record<string, string>;

/** A token with our own claims and our own key, but for what is overridden. */
function sign(overrides: { header?: object; claims?: object; key?: unknown } = {}): Promise<string> {
  const { sign: named } = service.deps.keys.access;
  return new SignJWT({ ...decodeJwt(account.access_token), ...overrides.claims })
    .setProtectedHeader({ alg: named.alg, kid: named.kid, typ: "at+jwt", ...overrides.header })
    .sign((overrides.key ?? named.key) as CryptoKey);
}

const bytes = (text: string) => new TextEncoder().encode(text);

async function hmacWith(secret: Uint8Array, alg = "HS256"): Promise<string> {
  return sign({ header: { alg }, key: secret });
}

const forgeries: Record<string, () => string | Promise<string>> = {
  "with alg none and no signature": () => `${encode({ ...header(), alg: "none" })}.${parts()[1]}.`,
  "with alg None": () => `${encode({ ...header(), alg: "None" })}.${parts()[1]}.${parts()[2]}`,
  "with alg nOnE": () => `${encode({ ...header(), alg: "nOnE" })}.${parts()[1]}.AA`,
  truncated: () => account.access_token.slice(0, -10),
  "without a signature": () => `${parts()[0]}.${parts()[1]}`,
  "with an ES256 signature of zeros (CVE-2022-21449)": () =>
    `${parts()[0]}.${parts()[1]}.${base64url.encode(new Uint8Array(64))}`,
  "with altered claims": () =>
    `${parts()[0]}.${encode({ ...decodeJwt(account.access_token), roles: ["admin"] })}.${parts()[2]}`,
  "signed HS256 with the public JWK as the secret": async () =>
    hmacWith(bytes(JSON.stringify(service.deps.keys.jwks.keys[0]))),
  "signed HS256 with the public key's coordinates": async () =>
    hmacWith(base64url.decode(String(service.deps.keys.jwks.keys[0]?.x))),
  "signed by a key of its own, embedded as jwk": async () => {
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    return sign({ header: { jwk: await exportJWK(publicKey) }, key: privateKey });
  },
  "with an unknown kid": () => sign({ header: { kid: "../../dev/null" } }),
  "with a kid of SQL": () => sign({ header: { kid: "' or 1=1--" } }),
  "without a kid": () => sign({ header: { kid: undefined } }),
  "with an unknown critical header": () =>
    `${encode({ ...header(), crit: ["x"], x: 1 })}.${parts()[1]}.${parts()[2]}`,
  expired: () => sign({ claims: { exp: Math.floor(Date.now() / 1000) - 1 } }),
  "not yet valid": () => sign({ claims: { nbf: Math.floor(Date.now() / 1000) + 600 } }),
  "with a textual exp": () => sign({ claims: { exp: "9999999999" } }),
  "without an exp": () => sign({ claims: { exp: undefined } }),
  "with the wrong typ": () => sign({ header: { typ: "JWT" } }),
  "without a typ": () => sign({ header: { typ: undefined } }),
  "with the wrong aud": () => sign({ claims: { aud: "https://other.example" } }),
  "with the wrong iss": () => sign({ claims: { iss: "https://other.example" } }),
  "with a subject that is no id": () => sign({ claims: { sub: "admin" } }),
  "with a session that is no id": () => sign({ claims: { sid: { $ne: null } } }),
  padded: () => `${account.access_token}==`,
  "with a tab in it": () => account.access_token.replace(".", ".\t"),
  "with a trailing newline, percent-encoded": () => `${account.access_token}%0A`,
  "in the standard base64 alphabet": () => `${parts()[0]}.${parts()[1]}.${parts()[2].slice(0, -2)}+/`,
  "with stray bits in its last character": () => {
    const last = parts()[2].slice(-1);
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    return (
      account.access_token.slice(0, -1) +
      alphabet[(alphabet.indexOf(last) & ~15) | ((alphabet.indexOf(last) + 1) & 15)]
    );
  },
  "of 64 KB": () => `${"A".repeat(65_536)}.e30.AA`,
  "that is a refresh token": () => account.refresh_token,
};

describe("an access token", () => {
  it("of ours is accepted, so that the refusals below mean something", async () => {
    expect((await service.call("GET", "users/me", { token: await sign() })).status).toBe(200);
  });

  it.each(Object.keys(forgeries))("%s is refused with 401 and costs no statement", async (name) => {
    const token = (await forgeries[name]?.()) ?? "";
    const before = service.statements.length;
    const { status, body } = await service.call("GET", "users/me", { token });
    expect([status, body.code, service.statements.length - before]).toEqual([401, "invalid_token", 0]);
  });

  it.each(["Basic x", "Bearer", "Bearer  x", "Bearer a b", "Token x", "Bearer a.b.c, Bearer d.e.f", ""])(
    "sent as %j is refused with 401, never 500",
    async (authorization) => {
      const { status } = await service.call("GET", "users/me", { headers: { authorization } });
      expect(status).toBe(401);
    },
  );

  it("is refused as a refresh token, and the reverse", async () => {
    expect((await service.refresh(account.access_token)).status).toBe(401);
    expect((await service.call("GET", "users/me", { token: account.refresh_token })).status).toBe(401);
  });
});
