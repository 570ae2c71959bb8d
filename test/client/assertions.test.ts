import { decodeJwt, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import type { Account } from "../support/client.ts";
import { heavy, inParallel, tally } from "../support/heavy.ts";
import { registerClient } from "../support/machines.ts";
import { makeAdmin } from "../support/operators.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });
const issuer = "http://localhost:8787";
const [rounds, uses] = heavy ? [50, 200] : [5, 50];

type Pair = { privateKey: CryptoKey; publicKey: CryptoKey };
type Claims = Record<string, unknown>;

let admin: Account;
let pair: Pair;
let client: string;

const jwkOf = async ({ publicKey }: Pair, kid?: string): Promise<JWK> => ({
  ...(await exportJWK(publicKey)),
  ...(kid && { kid }),
});

beforeAll(async () => {
  admin = await makeAdmin(service);
  pair = await generateKeyPair("ES256");
  client = await register([await jwkOf(pair)]);
});

async function register(keys: JWK[]): Promise<string> {
  const jwks = { keys };
  return (await registerClient(service, admin, { auth_method: "private_key_jwt", jwks })).client_id;
}

const now = () => Math.floor(service.deps.clock.now().getTime() / 1000);

function assertion(claims: Claims = {}, header: Claims = {}, key = pair.privateKey): Promise<string> {
  const whole = {
    iss: client,
    sub: client,
    aud: issuer,
    jti: crypto.randomUUID(),
    exp: now() + 60,
    ...claims,
  };
  return new SignJWT(whole).setProtectedHeader({ alg: "ES256", ...header }).sign(key, { crit: { x: true } });
}

async function ask(text: string, params: Record<string, string> = {}): Promise<string> {
  const { status, body } = await service.call("POST", "/oauth/token", {
    form: {
      grant_type: "client_credentials",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: text,
      ...params,
    },
  });
  return `${status} ${body.error ?? "ok"}`;
}

describe("an assertion of a client (RFC 7523)", () => {
  it("is taken for the issuer and for the token endpoint, with the client's id beside it or without", async () => {
    expect(await ask(await assertion())).toBe("200 ok");
    expect(await ask(await assertion({ aud: `${issuer}/oauth/token` }))).toBe("200 ok");
    expect(await ask(await assertion(), { client_id: client })).toBe("200 ok");
    expect(await ask(await assertion({ exp: now() - 20 }))).toBe("200 ok");
    expect(await ask(await assertion({ exp: now() + 59.5 }))).toBe("200 ok");
  });

  it.each<[string, () => Promise<string>]>([
    ["for another audience", () => assertion({ aud: "https://elsewhere.example" })],
    ["for us and another", () => assertion({ aud: [issuer, "https://elsewhere.example"] })],
    ["for nobody", () => assertion({ aud: undefined })],
    ["of another issuer", () => assertion({ iss: crypto.randomUUID() })],
    ["about another", () => assertion({ sub: crypto.randomUUID() })],
    ["about nobody", () => assertion({ sub: undefined })],
    ["that has ended", () => assertion({ exp: now() - 31 })],
    ["without an end", () => assertion({ exp: undefined })],
    ["that is good for an hour", () => assertion({ exp: now() + 3600 })],
    ["that is not good yet", () => assertion({ nbf: now() + 120 })],
    ["without a jti", () => assertion({ jti: undefined })],
    ["with a jti that is no text", () => assertion({ jti: 7 })],
    ["with an empty jti", () => assertion({ jti: "" })],
    [
      "by a key that is not the client's",
      async () => assertion({}, {}, (await generateKeyPair("ES256")).privateKey),
    ],
    [
      "by a key that it brings along",
      async () => {
        const other = await generateKeyPair("ES256");
        return assertion({}, { jwk: await jwkOf(other) }, other.privateKey);
      },
    ],
    ["with a critical header", () => assertion({}, { crit: ["x"], x: 1 })],
    ["without a signature", async () => `${(await assertion()).split(".").slice(0, 2).join(".")}.`],
    [
      "of alg none",
      async () => {
        const [, payload] = (await assertion()).split(".");
        return `${btoa('{"alg":"none"}').replaceAll("=", "")}.${payload}.`;
      },
    ],
    [
      "signed with the public key as a secret",
      async () => {
        const secret = new TextEncoder().encode(JSON.stringify(await jwkOf(pair)));
        const claims = { iss: client, sub: client, aud: issuer, jti: crypto.randomUUID(), exp: now() + 60 };
        return new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(secret);
      },
    ],
    ["in another spelling", async () => `${await assertion()}=`],
    ["that is none", async () => "a.b.c"],
  ])("is refused %s", async (_, make) => {
    expect(await ask(await make())).toBe("401 invalid_client");
  });

  it("is refused beside the id of another client, and without its type", async () => {
    expect(await ask(await assertion(), { client_id: crypto.randomUUID() })).toBe("401 invalid_client");
    expect(await ask(await assertion(), { client_assertion_type: "jwt" })).toBe("401 invalid_client");
  });

  it("is of one client: another may use the same jti", async () => {
    const jti = "one";
    expect(await ask(await assertion({ jti }))).toBe("200 ok");
    const other = await register([await jwkOf(pair)]);
    expect(await ask(await assertion({ jti, iss: other, sub: other }))).toBe("200 ok");
    expect(await ask(await assertion({ jti }))).toBe("401 invalid_client");
  });

  it("is refused from the moment on that its key is replaced, also in between", async () => {
    const [old, next] = [await generateKeyPair("ES256"), await generateKeyPair("ES256")];
    const id = await register([await jwkOf(old, "old"), await jwkOf(next, "next")]);
    const by = (key: Pair, kid: string) => assertion({ iss: id, sub: id }, { kid }, key.privateKey);
    expect([await ask(await by(old, "old")), await ask(await by(next, "next"))]).toEqual([
      "200 ok",
      "200 ok",
    ]);
    expect(await ask(await by(old, "next"))).toBe("401 invalid_client");
    const text = await by(old, "old");
    const jwks = { keys: [await jwkOf(next, "next")] };
    // The keys change after they were read, and before the assertion is used.
    service.onStatement.current = async (statement) => {
      if (!statement.includes("spent_challenges")) return;
      service.onStatement.current = undefined;
      await service.call("PATCH", `admin/clients/${id}`, { token: admin.access_token, json: { jwks } });
    };
    expect(await ask(text)).toBe("401 invalid_client");
    expect(await ask(await by(next, "next"))).toBe("200 ok");
  });

  it("leaves no token behind when its key is replaced, here or for who reads the feed", async () => {
    const [old, next] = [await generateKeyPair("ES256"), await generateKeyPair("ES256")];
    const jwks = (key: JWK) => ({
      auth_method: "private_key_jwt",
      scopes: ["users:read"],
      jwks: { keys: [key] },
    });
    const { client_id: id } = await registerClient(service, admin, jwks(await jwkOf(old)));
    const { body } = await service.call("POST", "/oauth/token", {
      form: {
        grant_type: "client_credentials",
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion: await assertion({ iss: id, sub: id }, {}, old.privateKey),
      },
    });
    const token = String(body.access_token);
    const uses = async () => (await service.call("GET", "admin/users", { token })).status;
    expect(await uses()).toBe(200);
    const json = { jwks: { keys: [await jwkOf(next)] } };
    await service.call("PATCH", `admin/clients/${id}`, { token: admin.access_token, json });
    expect(await uses()).toBe(401);
    const { sid } = decodeJwt(token);
    expect(await service.database.query("select 1 from auth.revocations where id = $1", [sid])).toHaveLength(
      1,
    );
  });

  it(`is used once, of ${uses} at once, ${rounds} times`, async () => {
    for (let round = 0; round < rounds; round++) {
      const text = await assertion();
      const answers = await inParallel(uses, () => ask(text));
      expect(tally(answers)).toEqual({ "200 ok": 1, "401 invalid_client": uses - 1 });
    }
  });

  it("leaves no row when it is forged, and one that is swept when it is not", async () => {
    const count = async () =>
      (await service.database.query<{ n: number }>("select count(*)::int as n from auth.spent_challenges"))[0]
        ?.n ?? 0;
    const before = await count();
    await ask(await assertion({}, {}, (await generateKeyPair("ES256")).privateKey));
    expect(await count()).toBe(before);
    await ask(await assertion());
    expect(await count()).toBe(before + 1);
    service.advance(2 * 86_400);
    await service.call("POST", "/dev/cron");
    expect(await count()).toBe(0);
  });
});
