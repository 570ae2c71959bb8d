import { exportJWK, generateKeyPair } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import type { Account } from "../support/client.ts";
import { holdLock } from "../support/lock.ts";
import { basic, clientToken, registerClient } from "../support/machines.ts";
import { makeAdmin, operatorWith } from "../support/operators.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

let admin: Account;

beforeAll(async () => {
  admin = await makeAdmin(service);
});

const asAdmin = (method: string, path: string, json?: unknown, who = admin) =>
  service.call(method, `admin/clients${path}`, {
    token: who.access_token,
    ...(json !== undefined && { json }),
  });
const newClient = (overrides: object = {}) => ({
  name: "Billing",
  auth_method: "client_secret_basic",
  scopes: [],
  ...overrides,
});
const publicJwk = async (alg = "ES256") => exportJWK((await generateKeyPair(alg)).publicKey);

describe("a machine client", () => {
  it("is registered, shown without its secret, changed, listed and deleted", async () => {
    const made = await asAdmin("POST", "", newClient({ scopes: ["orders:read", "orders:read"] }));
    expect([made.status, made.body]).toMatchObject([
      201,
      {
        scopes: ["orders:read"],
        audiences: ["http://localhost:8787"],
        jwks: null,
        secrets: [{ last_used_at: null }],
      },
    ]);
    const { client_id: id, client_secret: secret, ...shown } = made.body;
    expect(secret).toMatch(/^gths_[A-Za-z0-9_-]{91}$/);
    expect((await asAdmin("GET", `/${id}`)).body).toEqual({ client_id: id, ...shown });
    const changed = await asAdmin("PATCH", `/${id}`, { name: "Shipping", audiences: ["https://a.example"] });
    expect([changed.status, changed.body]).toMatchObject([
      200,
      { name: "Shipping", scopes: ["orders:read"] },
    ]);
    const list = await asAdmin("GET", "?limit=1");
    expect(list.body).toMatchObject({ data: [{ client_id: id }], total_estimate: expect.any(Number) });
    expect((await asAdmin("DELETE", `/${id}`)).status).toBe(204);
    expect((await asAdmin("GET", `/${id}`)).status).toBe(404);
    expect((await asAdmin("DELETE", `/${id}`)).status).toBe(404);
    const events = await service.database.query<{ action: string }>(
      "select action from auth.audit_events where subject_id = $1 and actor_id = $2 order by occurred_at",
      [id, admin.user.id],
    );
    expect(events.map(({ action }) => action)).toEqual([
      "client.created",
      "client.changed",
      "client.deleted",
    ]);
  });

  it("pages through the list without a gap or a repeat", async () => {
    for (let i = 0; i < 3; i++) await registerClient(service, admin);
    const seen: unknown[] = [];
    let cursor = "";
    do {
      const { body } = await service.call<{ data: { client_id: string }[]; next_cursor: string | null }>(
        "GET",
        `admin/clients?limit=2${cursor && `&cursor=${cursor}`}`,
        { token: admin.access_token },
      );
      seen.push(...body.data.map(({ client_id }) => client_id));
      cursor = body.next_cursor ?? "";
    } while (cursor);
    const all = (await asAdmin("GET", "?limit=100")).body as { data: { client_id: string }[] };
    expect(seen).toEqual(all.data.map(({ client_id }) => client_id));
    expect((await asAdmin("GET", "?cursor=abc")).body.code).toBe("invalid_cursor");
  });

  it.each<[string, object]>([
    ["a name that is empty", { name: "" }],
    ["an unknown field", { secret: "mine" }],
    ["a way to authenticate that is none", { auth_method: "none" }],
    ["a scope with a space", { scopes: ["a b"] }],
    ["an audience with a fragment", { audiences: ["https://a.example/#x"] }],
    ["no audience", { audiences: [] }],
    ["keys beside a secret", { jwks: { keys: [{ kty: "OKP" }] } }],
    ["assertions without keys", { auth_method: "private_key_jwt" }],
    ...["users:impersonate", "roles:write", "roles:assign", "clients:write", "users:invite"].map(
      (scope) => [`what is for people only: ${scope}`, { scopes: [scope] }] as [string, object],
    ),
  ])("is not registered with %s", async (_, overrides) => {
    const { status, body } = await asAdmin("POST", "", newClient(overrides));
    expect([status, body.code]).toEqual([422, "invalid_fields"]);
  });

  it.each([
    [
      "a private key",
      async () => exportJWK((await generateKeyPair("ES256", { extractable: true })).privateKey),
    ],
    ["a shared secret", async () => ({ kty: "oct", k: "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0" })],
    ["a point off the curve", async () => ({ ...(await publicJwk()), x: "AA" })],
    ["a key to encrypt", async () => ({ ...(await publicJwk()), use: "enc" })],
    ["another curve", async () => publicJwk("ES384")],
    ["a short RSA key", async () => ({ kty: "RSA", e: "AQAB", n: "sXch".repeat(43) })],
    ["a kid that is no text", async () => ({ ...(await publicJwk()), kid: 1 })],
    ["a kid that the database cannot hold", async () => ({ ...(await publicJwk()), kid: "\0" })],
    ["a member that is no base64url", async () => ({ ...(await publicJwk()), x: "\ud800" })],
    ["a modulus of zeroes", async () => ({ kty: "RSA", e: "AQAB", n: "A".repeat(400) })],
    ["a modulus without end", async () => ({ kty: "RSA", e: "AQAB", n: "sXch".repeat(600) })],
  ])("is not registered with %s among its keys", async (_, make) => {
    const keys = [await publicJwk(), await make()];
    const { status, body } = await asAdmin(
      "POST",
      "",
      newClient({ auth_method: "private_key_jwt", jwks: { keys } }),
    );
    expect([status, body.errors]).toMatchObject([422, [{ pointer: "/jwks", code: "invalid" }]]);
  });

  it("keeps of a key what it verifies with, and nothing that came along", async () => {
    const jwk = { ...(await publicJwk()), n: "\0", e: { deep: [1] }, x5c: ["\0"], kid: "a" };
    const { body } = await asAdmin(
      "POST",
      "",
      newClient({ auth_method: "private_key_jwt", jwks: { keys: [jwk] } }),
    );
    const { keys } = body.jwks as { keys: object[] };
    expect(Object.keys(keys[0] ?? {}).sort()).toEqual(["crv", "kid", "kty", "x", "y"]);
  });

  it("is not registered with scopes that no token can carry", async () => {
    const scopes = Array.from({ length: 100 }, (_, i) => `s${i}`.padEnd(100, "x"));
    expect((await asAdmin("POST", "", newClient({ scopes }))).status).toBe(422);
  });

  it("is not registered with two keys of one id", async () => {
    const keys = [
      { ...(await publicJwk()), kid: "a" },
      { ...(await publicJwk()), kid: "a" },
    ];
    expect(
      (await asAdmin("POST", "", newClient({ auth_method: "private_key_jwt", jwks: { keys } }))).status,
    ).toBe(422);
  });

  it("gets no permission that whoever registers or changes it lacks", async () => {
    const lesser = await operatorWith(service, "clients:read", "clients:write", "users:read");
    const scopes = ["users:read", "orders:read"];
    const own = await registerClient(service, lesser, { scopes });
    expect((await asAdmin("POST", "", newClient({ scopes: ["users:write"] }), lesser)).status).toBe(403);
    expect((await asAdmin("PATCH", `/${own.client_id}`, { scopes: ["users:write"] }, lesser)).status).toBe(
      403,
    );
    const { client_id: greater } = await registerClient(service, admin, { scopes: ["users:write"] });
    expect((await asAdmin("PATCH", `/${greater}`, { name: "Mine" }, lesser)).status).toBe(403);
    expect((await asAdmin("POST", `/${greater}/secrets`, undefined, lesser)).status).toBe(403);
  });

  it("has two secrets at most, told once each, and keeps none of the tokens of one that is taken away", async () => {
    const client = await registerClient(service, admin, { scopes: ["users:read"] });
    const path = `/${client.client_id}/secrets`;
    const second = (await asAdmin("POST", path)).body as typeof client;
    expect((await asAdmin("POST", path)).body.code).toBe("conflict");
    const [first, other] = [await clientToken(service, client), await clientToken(service, second)];
    const uses = (token: string) => service.call("GET", "admin/users", { token });
    expect([(await uses(first)).status, (await uses(other)).status]).toEqual([200, 200]);
    const { body } = await asAdmin("GET", `/${client.client_id}`);
    expect(body.secrets).toMatchObject([
      { last_used_at: expect.any(String) },
      { last_used_at: expect.any(String) },
    ]);

    expect((await asAdmin("DELETE", `${path}/${client.secrets[0]?.id}`)).status).toBe(204);
    expect([(await uses(first)).status, (await uses(other)).status]).toEqual([401, 200]);
    await expect(clientToken(service, client)).rejects.toThrow("401");
    expect((await asAdmin("POST", path)).status).toBe(201);
    expect((await asAdmin("DELETE", `/${client.client_id}`)).status).toBe(204);
    expect((await uses(other)).status).toBe(401);
    await expect(clientToken(service, second)).rejects.toThrow("401");
  });

  it("never has a third secret, of several that are asked for at once", async () => {
    const client = await registerClient(service, admin);
    const path = `/${client.client_id}/secrets`;
    const held = await holdLock(service.database, "select 1 from auth.clients where id = $1 for update", [
      client.client_id,
    ]);
    const asked = [asAdmin("POST", path), asAdmin("POST", path), asAdmin("POST", path)];
    await held.waiters(3);
    await held.release();
    const replies = await Promise.all(asked);
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    expect((await asAdmin("GET", `/${client.client_id}`)).body.secrets).toHaveLength(2);
  });

  it("stays when whoever deletes it is demoted while they wait", async () => {
    const [operator, client] = [await makeAdmin(service), await registerClient(service, admin)];
    const held = await holdLock(service.database, "select 1 from auth.users where id = $1 for update", [
      operator.user.id,
    ]);
    const removing = asAdmin("DELETE", `/${client.client_id}`, undefined, operator);
    await held.waiters(1);
    await held.query("delete from auth.user_roles where user_id = $1 and role = 'admin'", [operator.user.id]);
    await held.release();
    expect((await removing).status).toBe(404);
    expect((await asAdmin("GET", `/${client.client_id}`)).status).toBe(200);
  });

  it("does in its token what it may do now: a scope that it lost is gone at once", async () => {
    const client = await registerClient(service, admin, { scopes: ["users:read", "stats:read"] });
    const [all, some] = [
      await clientToken(service, client),
      await clientToken(service, client, { scope: "stats:read" }),
    ];
    const status = async (path: string, token: string) => (await service.call("GET", path, { token })).status;
    expect([await status("admin/users", all), await status("admin/users", some)]).toEqual([200, 403]);
    await asAdmin("PATCH", `/${client.client_id}`, { scopes: ["stats:read"] });
    expect([await status("admin/users", all), await status("admin/stats", all)]).toEqual([403, 200]);
  });

  it("loses the tokens for an audience that is taken from it", async () => {
    const client = await registerClient(service, admin, { scopes: ["users:read"] });
    const token = await clientToken(service, client);
    await asAdmin("PATCH", `/${client.client_id}`, { audiences: ["https://orders.example.com"] });
    expect((await service.call("GET", "admin/users", { token })).status).toBe(401);
  });

  it("is refused by our own routes with a token for another audience", async () => {
    const client = await registerClient(service, admin, {
      scopes: ["users:read"],
      audiences: ["http://localhost:8787", "https://orders.example.com"],
    });
    const token = await clientToken(service, client, { resource: "https://orders.example.com" });
    expect((await service.call("GET", "admin/users", { token })).body.code).toBe("invalid_token");
  });

  it("proves itself in its own way and no other", async () => {
    const form = { grant_type: "client_credentials" };
    const byBasic = await registerClient(service, admin);
    const byPost = await registerClient(service, admin, { auth_method: "client_secret_post" });
    const post = ({ client_id, client_secret }: typeof byBasic) => ({
      form: { ...form, client_id, client_secret },
    });
    const answers = [
      { headers: basic(byBasic), form },
      post(byPost),
      { headers: basic(byPost), form },
      post(byBasic),
      { headers: basic(byBasic), ...post(byBasic) },
      { headers: basic(byBasic), form: { ...form, client_id: byPost.client_id } },
      { form: { ...form, client_id: byBasic.client_id } },
      post({ ...byPost, client_id: byBasic.client_id }),
    ].map(async (options) => {
      const { status, body } = await service.call("POST", "/oauth/token", options);
      return `${status} ${body.error ?? "ok"}`;
    });
    expect(await Promise.all(answers)).toEqual([
      "200 ok",
      "200 ok",
      "401 invalid_client",
      "401 invalid_client",
      "400 invalid_request",
      "400 invalid_request",
      "401 invalid_client",
      "401 invalid_client",
    ]);
  });
});
