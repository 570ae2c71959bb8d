import { createHmac, createPublicKey, generateKeyPairSync, type JsonWebKey, sign } from "node:crypto";
import type { Attack, Trial } from "../attack.ts";

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const decode = (part: string) =>
  JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;

type Parts = { head: string; body: string; signature: string; header: Record<string, unknown> };

async function partsOf(trial: Trial): Promise<Parts> {
  const { access_token: token } = await trial.a.tokens();
  const [head = "", body = "", signature = ""] = token.split(".");
  return { head, body, signature, header: decode(head) };
}

/** None of them may be let in, nor be an error of ours. The token they are made from is let in. */
async function refuseAll(trial: Trial, tokens: Record<string, string>): Promise<void> {
  for (const [name, token] of Object.entries(tokens)) {
    const { status } = await trial.call("GET", "users/me", { headers: { authorization: `Bearer ${token}` } });
    trial.expect(status === 401 || status === 431, `${name}: ${status}`);
    trial.tried(1);
  }
  const { access_token: token } = await trial.a.tokens();
  const good = await trial.call("GET", "users/me", { token });
  if (good.status !== 200) throw new Error(`the token they are made from: ${good.status}`);
}

async function publicKeys(trial: Trial): Promise<JsonWebKey[]> {
  const { body } = await trial.call<{ keys: JsonWebKey[] }>("GET", "/.well-known/jwks.json");
  return body.keys;
}

const hmac = (secret: string | Buffer, input: string) =>
  createHmac("sha256", secret).update(input).digest("base64url");

/** @public */
export const forgeries: Attack[] = [
  {
    id: "jwt/alg-none",
    what: "An access token without a signature, by alg none in any spelling",
    precedent: "CVE-2015-9235",
    run: async (trial) => {
      const { header, body, signature } = await partsOf(trial);
      const tokens = ["none", "None", "NONE", "nOnE", ""].flatMap((alg) =>
        ["", signature, "AA"].map((mac) => [
          `alg ${alg}, signature ${mac.length}`,
          `${encode({ ...header, alg })}.${body}.${mac}`,
        ]),
      );
      await refuseAll(trial, Object.fromEntries(tokens));
    },
  },
  {
    id: "jwt/algorithm-confusion",
    what: "HS256 with the public key as the secret",
    precedent: "Hono CVE-2026-22817, CVE-2026-22818",
    run: async (trial) => {
      const { header, body } = await partsOf(trial);
      const tokens: Record<string, string> = {};
      for (const [at, jwk] of (await publicKeys(trial)).entries()) {
        const key = createPublicKey({ key: jwk, format: "jwk" });
        const pem = key.export({ type: "spki", format: "pem" }).toString();
        const secrets = {
          pem,
          "pem, trimmed": pem.trim(),
          der: key.export({ type: "spki", format: "der" }),
          jwk: JSON.stringify(jwk),
        };
        for (const [name, secret] of Object.entries(secrets)) {
          const input = `${encode({ ...header, alg: "HS256", kid: jwk.kid ?? header.kid })}.${body}`;
          tokens[`${name} of key ${at + 1}`] = `${input}.${hmac(secret, input)}`;
        }
      }
      const input = `${encode({ ...header, alg: "HS256" })}.${body}`;
      for (const secret of ["", "secret", "your_access_token_secret"])
        tokens[`secret "${secret}"`] = `${input}.${hmac(secret, input)}`;
      await refuseAll(trial, tokens);
    },
  },
  {
    id: "jwt/own-key",
    what: "A token signed by a key of the attacker, named by kid or brought along as jwk, jku, x5u or x5c",
    precedent: "node-jose CVE-2018-0114; RFC 8725 §3.10",
    run: async (trial) => {
      const { header, body } = await partsOf(trial);
      const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const jwk = publicKey.export({ format: "jwk" });
      const canary = "http://127.0.0.1:9/jwks.json";
      const headers: Record<string, object> = {
        jwk: { jwk },
        "jwk without kid": { jwk, kid: undefined },
        jku: { jku: canary },
        x5u: { x5u: canary },
        x5c: { x5c: [publicKey.export({ type: "spki", format: "der" }).toString("base64")] },
        "kid of a path": { kid: "../../dev/null" },
        "kid of SQL": { kid: "' or 1=1--" },
        "kid of the language": { kid: "__proto__" },
        "kid that is an object": { kid: { $ne: null } },
        "kid that is a list": { kid: [header.kid] },
        "no kid": { kid: undefined },
        "a long kid": { kid: "k".repeat(6000) },
      };
      const tokens = Object.entries(headers).map(([name, more]) => {
        const input = `${encode({ ...header, alg: "ES256", ...more })}.${body}`;
        const mac = sign("sha256", Buffer.from(input), { key: privateKey, dsaEncoding: "ieee-p1363" });
        return [name, `${input}.${mac.toString("base64url")}`];
      });
      await refuseAll(trial, Object.fromEntries(tokens));
    },
  },
  {
    id: "jwt/empty-signature",
    what: "Signatures of zeros, which a wrong ECDSA takes for any message",
    precedent: "CVE-2022-21449",
    run: async (trial) => {
      const { head, body } = await partsOf(trial);
      const tokens = [64, 96, 132, 256].map((length) => [
        `${length} zero bytes`,
        `${head}.${body}.${Buffer.alloc(length).toString("base64url")}`,
      ]);
      await refuseAll(trial, Object.fromEntries(tokens));
    },
  },
  {
    id: "jwt/changed-claims",
    what: "Other claims under the signature of a good token: another user, roles, an end far off or of another type",
    precedent: "Hono CVE-2026-44459, CVE-2025-62610",
    run: async (trial) => {
      const { head, body, signature } = await partsOf(trial);
      const claims = decode(body);
      const changes: Record<string, object> = {
        sub: { sub: "0199a1b2-0000-7000-8000-000000000000" },
        sid: { sid: "0199a1b2-0000-7000-8000-000000000000" },
        roles: { roles: ["admin"], scope: "users:read users:write" },
        exp: { exp: 99_999_999_999 },
        "exp of text": { exp: "99999999999" },
        "no exp": { exp: undefined },
        "exp null": { exp: null },
        aud: { aud: "https://other.example" },
        iss: { iss: "https://other.example" },
      };
      const tokens = Object.entries(changes).map(([name, more]) => [
        name,
        `${head}.${encode({ ...claims, ...more })}.${signature}`,
      ]);
      await refuseAll(trial, Object.fromEntries(tokens));
    },
  },
  {
    id: "jwt/spelling",
    what: "A good token in another spelling: padded, with spaces or breaks, in the other alphabet, with stray bits",
    precedent: "Wycheproof JWS 360, 365, 367, 368, 370, 375; RFC 7515 §2",
    run: async (trial) => {
      const { head, body, signature } = await partsOf(trial);
      const token = `${head}.${body}.${signature}`;
      const stray = `${token.slice(0, -1)}${strayBits(token.slice(-1))}`;
      await refuseAll(trial, {
        padded: `${token}=`,
        "padded twice": `${token}==`,
        "padded inside": `${head}=.${body}.${signature}`,
        "a tab": token.replace(".", ".\t"),
        "a space": token.replace(".", ". "),
        "a dot more": `${token}.`,
        "an empty part": `${head}..${body}.${signature}`,
        "percent-encoded": token.replace(".", "%2E"),
        "a byte of another alphabet": `${token.slice(0, -1)}/`,
        "stray bits": stray === token ? `${token}A` : stray,
        "no signature": `${head}.${body}`,
        "no signature, dot": `${head}.${body}.`,
        "cut short": token.slice(0, -2),
        twice: `${token}${token}`,
      });
    },
  },
  {
    id: "jwt/other-forms",
    what: "JWE that asks for endless hashing, extensions said to be critical, an unencoded or compressed payload, nonsense",
    precedent: "jose CVE-2022-36083, CVE-2024-28176; joserfc CVE-2026-27932",
    run: async (trial) => {
      const { header, body, signature } = await partsOf(trial);
      const jwe = encode({
        alg: "PBES2-HS256+A128KW",
        enc: "A128GCM",
        p2c: 2_147_483_647,
        p2s: "AAAAAAAAAAA",
      });
      await refuseAll(trial, {
        jwe: `${jwe}.AAAA.AAAA.AAAA.AAAA`,
        crit: `${encode({ ...header, crit: ["x"], x: 1 })}.${body}.${signature}`,
        b64: `${encode({ ...header, crit: ["b64"], b64: false })}.${body}.${signature}`,
        zip: `${encode({ ...header, zip: "DEF" })}.${body}.${signature}`,
        "header that is a list": `${encode([header])}.${body}.${signature}`,
        "header that is null": `${encode(null)}.${body}.${signature}`,
        "header of other bytes": `${Buffer.from([0xff, 0xfe]).toString("base64url")}.${body}.${signature}`,
        deep: `${Buffer.from("[".repeat(3000)).toString("base64url")}.${body}.${signature}`,
        dots: ".".repeat(5000),
        empty: "..",
      });
    },
  },
  {
    id: "jwt/header",
    what: "The token under another scheme, or under a header that is not well formed",
    precedent: "Hono CVE-2026-47673; Auth.js GHSA-xmf8-cvqr-rfgj",
    run: async (trial) => {
      const { access_token: token } = await trial.a.tokens();
      const headers = [
        `Basic ${token}`,
        token,
        "Bearer",
        "Bearer ",
        `Bearer ${token} x`,
        `Bearer Bearer ${token}`,
        `DPoP ${token}`,
        `Bearer,${token}`,
        `Bearer ${"a".repeat(12_000)}`,
        `Bearer "${token}"`,
        "Basic",
        "Basic !!!",
      ];
      for (const authorization of headers) {
        const { status } = await trial.call("GET", "users/me", { headers: { authorization } });
        trial.expect(status === 401 || status === 431, `${authorization.slice(0, 24)}: ${status}`);
        trial.tried(1);
      }
      const inQuery = await trial.call("GET", `users/me?access_token=${token}`);
      const inCookie = await trial.call("GET", "users/me", {
        headers: { cookie: `access_token=${token}; __Host-session=${token}` },
      });
      trial.expect(inQuery.status === 401, `in the query: ${inQuery.status}`);
      trial.expect(inCookie.status === 401, `in a cookie: ${inCookie.status}`);
    },
  },
];

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** The same character but for its last two bits, which no byte takes where a signature is of 64. */
const strayBits = (character: string) => alphabet[alphabet.indexOf(character) ^ 1] ?? "A";
