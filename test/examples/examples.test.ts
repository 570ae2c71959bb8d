import { readFileSync } from "node:fs";
import { serve } from "@hono/node-server";
import { base64url, decodeJwt, exportSPKI, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../scripts/postgres.ts";
import { createApp } from "../../src/app.ts";
import { apiKeyType } from "../../src/oauth/exchange-api-key.ts";
import type { Account, Tokens } from "../support/client.ts";
import { basic, clientToken, createKey, type Registered, registerClient } from "../support/machines.ts";
import { makeAdmin, operatorWith } from "../support/operators.ts";
import { useService } from "../support/service.ts";
import { startVerifiers, type Verifier, verifierNames } from "./verifiers.ts";

/** What the README promises. */
const boundSeconds = 15;

const port = await freePort();
const issuer = `http://localhost:${port}`;
const service = useService({ ISSUER: issuer, THROTTLE: "off" });

let app: ReturnType<typeof createApp>;
let server: ReturnType<typeof serve>;
let verifiers: Verifier[];
let account: Account;
let reader: Tokens;
let client: Registered;
let expired: string;

/** As a process that was just started: it has made no feed yet. */
const restart = () => {
  app = createApp(service.deps);
};
const feedOf = async () => (await fetch(`${issuer}/.well-known/revocations`)).text();
const named = (name: string) => verifiers.find((each) => each.name === name) as Verifier;

beforeAll(async () => {
  restart();
  server = serve({
    port,
    hostname: "127.0.0.1",
    fetch: (request) => app.fetch(request, { remoteAddress: "127.0.0.1" }),
  });
  service.advance(-7200);
  expired = (await service.signUp()).access_token;
  service.advance(7200);
  account = await service.signUp();
  reader = (await service.logIn((await operatorWith(service, "users:read")).email)).body;
  client = await registerClient(service, await makeAdmin(service), {
    scopes: ["users:read", "tokens:introspect"],
    audiences: [issuer, "https://other.example"],
  });
  verifiers = await startVerifiers({
    ISSUER: issuer,
    INTROSPECTION_CLIENT_ID: client.client_id,
    INTROSPECTION_CLIENT_SECRET: client.client_secret,
  });
});

afterAll(async () => {
  await Promise.all(verifiers?.map((each) => each.stop()) ?? []);
  await new Promise((closed) => server.close(closed));
});

const encode = (value: unknown) => base64url.encode(JSON.stringify(value));

/** The account's claims, signed by the key of the service, but for what is overridden. */
function sign(overrides: { header?: object; claims?: object; key?: Uint8Array } = {}): Promise<string> {
  const { alg, kid, key } = service.deps.keys.access.sign;
  return new SignJWT({ ...decodeJwt(account.access_token), ...overrides.claims })
    .setProtectedHeader({ alg, kid, typ: "at+jwt", ...overrides.header })
    .sign(overrides.key ?? key);
}

async function hmacWith(secret: string): Promise<string> {
  return sign({ header: { alg: "HS256" }, key: new TextEncoder().encode(secret) });
}

async function publicPem(): Promise<string> {
  const { kid } = service.deps.keys.access.sign;
  return exportSPKI(service.deps.keys.access.verify.get(kid)?.key as CryptoKey);
}

const refused: Record<string, () => string | Promise<string>> = {
  "with another's claims": () => {
    const [head, , signature] = account.access_token.split(".");
    return `${head}.${encode({ ...decodeJwt(account.access_token), sub: "admin" })}.${signature}`;
  },
  "without a signature": () => `${account.access_token.split(".").slice(0, 2).join(".")}.`,
  "that is no JWT": () => "gibberish",
  "that has expired": () => expired,
  "for another audience": () => clientToken(service, client, { resource: "https://other.example" }),
  "of another issuer": () => sign({ claims: { iss: "https://other.example" } }),
  "that is a refresh token": () => account.refresh_token,
  "of alg none": async () => {
    const { kid } = service.deps.keys.access.sign;
    return `${encode({ alg: "none", kid, typ: "at+jwt" })}.${account.access_token.split(".")[1]}.`;
  },
  "signed HS256 with the public key as PEM": async () => hmacWith(await publicPem()),
  "signed HS256 with the public key as JWK": () => hmacWith(JSON.stringify(service.deps.keys.jwks.keys[0])),
  "of a kid that nobody has": () => sign({ header: { kid: "../../dev/null" } }),
  "without a kid that is text": () => sign({ header: { kid: [7] } }),
  "that is the feed": feedOf,
  "of the feed's type": () => sign({ header: { typ: "revocations+jwt" } }),
  "of the type JWT": () => sign({ header: { typ: "JWT" } }),
  "of no type": () => sign({ header: { typ: undefined } }),
  "without a session to look up": () => sign({ claims: { sid: undefined } }),
};

describe.each(verifierNames)("the example for %s", (name) => {
  it("takes a user's token, and answers with what it says", async () => {
    const { status, body } = await named(name).ask(account.access_token);
    const { sub, scope } = decodeJwt(account.access_token);
    expect([status, body]).toEqual([200, { sub, scope }]);
    expect((await named(name).ask(await sign())).status).toBe(200);
  });

  it("takes the token of a machine client", async () => {
    const { status, body } = await named(name).ask(await clientToken(service, client), "/orders/admin");
    expect([status, body]).toEqual([200, { sub: client.client_id, scope: "tokens:introspect users:read" }]);
  });

  it("wants the scope of a route", async () => {
    const { status, headers } = await named(name).ask(account.access_token, "/orders/admin");
    expect([status, headers.get("www-authenticate")]).toEqual([
      403,
      'Bearer error="insufficient_scope", scope="users:read"',
    ]);
    expect((await named(name).ask(reader.access_token, "/orders/admin")).status).toBe(200);
  });

  it("challenges who brings no token", async () => {
    const { status, headers } = await named(name).ask();
    expect([status, headers.get("www-authenticate")]).toEqual([401, 'Bearer realm="orders"']);
  });

  it.each(Object.keys(refused))("refuses a token %s", async (which) => {
    const { status, headers } = await named(name).ask(await refused[which]?.());
    expect([status, headers.get("www-authenticate")]).toEqual([401, 'Bearer error="invalid_token"']);
  });
});

describe("the verifier of each TypeScript example", () => {
  it("is the same text", () => {
    const [first, ...others] = ["hono", "express", "next-route"].map((name) => {
      const text = readFileSync(`examples/${name}.ts`, "utf8");
      const end = text.lastIndexOf("\n}\n", text.indexOf("const guard ="));
      return text.slice(text.indexOf("if (!ISSUER)"), end);
    });
    expect(first?.length).toBeGreaterThan(4000);
    for (const other of others) expect(other).toBe(first);
  });
});

describe("what has ended", () => {
  type Watched = { what: string; verifier: Verifier; passedAt: number; refusedAt: number };

  /** Asks until it is refused. Times are those at which a request was sent. */
  async function watch(what: string, verifier: Verifier, token: string): Promise<Watched> {
    for (let passedAt = 0; ; ) {
      const sentAt = Date.now();
      const { status } = await verifier.ask(token);
      if (status === 401) return { what, verifier, passedAt, refusedAt: sentAt };
      if (status === 200) passedAt = sentAt;
      await new Promise((later) => setTimeout(later, 100));
    }
  }

  it(`is refused by every example within ${boundSeconds} s`, { timeout: 60_000 }, async () => {
    const { id, key } = await createKey(service, account);
    const exchanged = await service.call("POST", "/oauth/token", {
      form: {
        grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
        subject_token: key,
        subject_token_type: apiKeyType,
      },
    });
    const leaving = await service.signUp();
    const tokens = {
      "a user's after logout": leaving.access_token,
      "a client's after /oauth/revoke": await clientToken(service, client),
      "of an API key that was revoked": String(exchanged.body.access_token),
    };
    for (const verifier of verifiers) {
      for (const token of Object.values(tokens)) expect((await verifier.ask(token)).status).toBe(200);
    }
    // The worst case: the feed that is handed out for the next ten seconds was made just before.
    restart();
    await feedOf();
    const ends = await Promise.all([
      service.call("POST", "auth/logout", { json: { refresh_token: leaving.refresh_token } }),
      service.call("POST", "/oauth/revoke", {
        headers: basic(client),
        form: { token: tokens["a client's after /oauth/revoke"] },
      }),
      service.call("DELETE", `users/me/api-keys/${id}`, { token: account.access_token }),
    ]);
    expect(ends.map(({ status }) => status)).toEqual([204, 200, 204]);
    const endedAt = Date.now();
    const watched = await Promise.all(
      verifiers.flatMap((verifier) =>
        Object.entries(tokens).map(([what, token]) => watch(what, verifier, token)),
      ),
    );
    for (const { what, verifier, passedAt, refusedAt } of watched) {
      const [last, first] = [passedAt, refusedAt].map((at) => ((at - endedAt) / 1000).toFixed(1));
      console.log(`${verifier.name}, ${what}: last taken ${last} s, refused ${first} s after the end`);
    }
    // A request that is sent later is refused; how long one under way may take is no matter.
    expect(watched.filter(({ passedAt }) => passedAt - endedAt >= boundSeconds * 1000)).toEqual([]);
    for (const verifier of verifiers) expect((await verifier.ask(account.access_token)).status).toBe(200);
  });

  it("is refused beyond what the feed can list, by asking", { timeout: 60_000 }, async () => {
    const old = await service.signUp();
    const live = await clientToken(service, client);
    await service.call("POST", "auth/logout", { json: { refresh_token: old.refresh_token } });
    await service.database.query(
      "update auth.sessions set ended_at = ended_at - interval '20 minutes' where user_id = $1",
      [old.user.id],
    );
    await service.database.query(
      `insert into auth.sessions (id, user_id, client_id, epoch, rotated_at, created_at, last_used_at, expires_at,
         ended_at, ended_reason, amr, acr, auth_time, ip, network)
       select gen_random_uuid(), s.user_id, s.client_id, s.epoch, s.rotated_at, s.created_at, s.last_used_at,
         s.expires_at, now(), 'logout', s.amr, s.acr, s.auth_time, s.ip, s.network
       from auth.sessions s, generate_series(1, 60000) where s.user_id = $1`,
      [old.user.id],
    );
    restart();
    const startedAt = Date.now();
    const text = await feedOf();
    const took = Date.now() - startedAt;
    const { count, overflow, entries } = decodeJwt<{ entries: string }>(text);
    console.log(`The feed of ${count} of 60,000 ends: ${Math.round(text.length / 1024)} KiB in ${took} ms`);
    expect([count, overflow, base64url.decode(entries).length]).toEqual([50_000, true, 400_000]);
    await Promise.all(
      verifiers.map(async (verifier) => {
        await expect
          .poll(() => verifier.ask(old.access_token), { timeout: 20_000 })
          .toMatchObject({ status: 401 });
        expect((await verifier.ask(account.access_token)).status).toBe(200);
        expect((await verifier.ask(live)).status).toBe(200);
      }),
    );
  });
});
