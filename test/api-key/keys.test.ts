import { beforeAll, describe, expect, it } from "vitest";
import { credentialPrefix, makeCredential } from "../../src/lib/credential.ts";
import type { Account } from "../support/client.ts";
import { inParallel } from "../support/heavy.ts";
import { createKey, exchangeKey } from "../support/machines.ts";
import { operatorWith } from "../support/operators.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });
const day = 86_400;

let user: Account;

beforeAll(async () => {
  user = await service.signUp();
});

const me = async (token: string) => (await service.call("GET", "users/me", { token })).status;
const mine = (method: string, path = "", json?: unknown, account = user) =>
  service.call(method, `users/me/api-keys${path}`, {
    token: account.access_token,
    ...(json !== undefined && { json }),
  });
const exchange = (key: string, params: Record<string, string> = {}) => exchangeKey(service, key, params);
const lastUsed = async (id: string) =>
  (
    await service.database.query<{ at: string | null }>(
      "select last_used_at::text as at from auth.api_keys where id = $1",
      [id],
    )
  )[0]?.at;

describe("an API key", () => {
  it("is told once, looks like one to a secret scanner, and says who its owner is", async () => {
    const made = await createKey(service, user, { name: "Export" });
    expect(made.key).toMatch(/^gthk_[A-Za-z0-9_-]{91}$/);
    expect(made.key.startsWith(made.prefix)).toBe(true);
    const reply = await service.call("GET", "users/me", { token: made.key });
    expect(reply.body).toMatchObject({ id: user.user.id, session_id: made.id });
    const { body } = await mine("GET");
    expect(JSON.stringify(body)).not.toContain(made.key.slice(20));
    expect(body.data).toContainEqual(
      expect.objectContaining({ id: made.id, name: "Export", prefix: made.prefix }),
    );
    expect((await service.mailTo(user.email, "api_key_created")).text).toContain("API key");
  });

  it("is refused when a character is changed, cut or added, without a statement", async () => {
    const { key } = await createKey(service, user);
    const before = service.statements.length;
    const flipped = Array.from({ length: 30 }, (_, i) => {
      const at = 5 + i * 3;
      return key.slice(0, at) + (key[at] === "A" ? "B" : "A") + key.slice(at + 1);
    });
    for (const text of [
      ...flipped,
      key.slice(0, -1),
      `${key}A`,
      `${key}=`,
      key.replace("gthk", "GTHK"),
      "gthk_",
    ]) {
      expect([text, await me(text)]).toEqual([text, 401]);
      expect((await exchange(text)).body.error).toBe("invalid_request");
    }
    expect(service.statements.length).toBe(before);
    expect(await me(key)).toBe(200);
    expect(service.statements.length).toBe(before + 1);
  });

  it("made up to the letter, with another's id or with other random bits, is refused", async () => {
    const { id } = await createKey(service, user);
    const other = await service.signUp();
    const random = service.deps.random.bytes(32);
    for (const owner of [user.user.id, other.user.id]) {
      expect(await me(makeCredential(credentialPrefix.apiKey, { id, owner, random }))).toBe(401);
    }
  });

  it("does what its scopes and its owner may both do, at that moment", async () => {
    const operator = await operatorWith(service, "users:read", "stats:read");
    const { key } = await createKey(service, operator, { scopes: ["users:read"] });
    const status = async (path: string) => (await service.call("GET", path, { token: key })).status;
    expect([await status("admin/users"), await status("admin/stats")]).toEqual([200, 403]);
    await service.database.query("delete from auth.user_roles where user_id = $1 and role <> 'user'", [
      operator.user.id,
    ]);
    expect([await status("admin/users"), await me(key)]).toEqual([403, 200]);
  });

  it.each<[string, object, number, string]>([
    ["a permission that the user lacks", { scopes: ["users:read"] }, 403, "not_allowed"],
    ["what is for people only", { scopes: ["roles:assign"] }, 422, "invalid_fields"],
    ["a scope that is none", { scopes: ["everything"] }, 422, "invalid_fields"],
    ["an end that has passed", { expires_at: "2020-01-01T00:00:00Z" }, 422, "invalid_fields"],
    ["no name", { name: "" }, 422, "invalid_fields"],
  ])("is not made with %s", async (_, overrides, status, code) => {
    const reply = await mine("POST", "", { name: "Nightly", scopes: [], ...overrides });
    expect([reply.status, reply.body.code]).toEqual([status, code]);
  });

  it("is made by who authenticated lately, and by no key", async () => {
    const account = await service.signUp();
    const { key } = await createKey(service, account);
    expect(
      (await service.call("POST", "users/me/api-keys", { token: key, json: { name: "x", scopes: [] } }))
        .status,
    ).toBe(403);
    service.advance(901);
    expect((await mine("POST", "", { name: "x", scopes: [] }, account)).body.code).toBe(
      "reauthentication_required",
    );
  });

  it("ends at its end, and then brings no token that is longer good", async () => {
    const account = await service.signUp();
    const expires_at = new Date(service.deps.clock.now().getTime() + 60_000).toISOString();
    const { key } = await createKey(service, account, { expires_at });
    const { body } = await exchange(key);
    expect(body.expires_in).toBeLessThanOrEqual(60);
    service.advance(61);
    expect([await me(key), await me(String(body.access_token)), (await exchange(key)).status]).toEqual([
      401, 401, 400,
    ]);
    expect((await mine("GET", "", undefined, account)).body.data).toEqual([]);
  });

  it("notes its use at most once a minute", async () => {
    const { id, key } = await createKey(service, await fresh());
    expect(await lastUsed(id)).toBeNull();
    await me(key);
    const first = await lastUsed(id);
    expect(first).toEqual(expect.any(String));
    await me(key);
    await exchange(key);
    expect(await lastUsed(id)).toBe(first);
    service.advance(61);
    await exchange(key);
    expect(await lastUsed(id)).not.toBe(first);
  });

  it("is rotated: the old one goes on for as long as is asked, and not beyond its own end", async () => {
    const account = await service.signUp();
    const old = await createKey(service, account, { name: "Export" });
    const reply = await mine("POST", `/${old.id}/rotate`, { overlap_seconds: 600 }, account);
    const next = reply.body as typeof old;
    expect([reply.status, reply.body.name]).toEqual([201, "Export"]);
    expect([await me(old.key), await me(next.key)]).toEqual([200, 200]);
    service.advance(601);
    expect([await me(old.key), await me(next.key)]).toEqual([401, 200]);
    const again = await service.logIn(account.email);
    const late = { ...account, ...again.body };
    expect((await mine("POST", `/${old.id}/rotate`, {}, late)).status).toBe(404);
    expect(
      (await mine("POST", `/${next.id}/rotate`, {}, { ...user, ...(await service.logIn(user.email)).body }))
        .status,
    ).toBe(404);
    expect((await mine("POST", `/${next.id}/rotate`, { overlap_seconds: 0 }, late)).status).toBe(201);
    expect(await me(next.key)).toBe(401);
  });

  it("is revoked by its owner and by nobody else, and with it the tokens it was exchanged for", async () => {
    const { id, key } = await createKey(service, await fresh());
    const token = String((await exchange(key)).body.access_token);
    expect((await mine("DELETE", `/${id}`, undefined, await service.signUp())).status).toBe(404);
    expect([await me(key), await me(token)]).toEqual([200, 200]);
    expect((await mine("DELETE", `/${id}`)).status).toBe(204);
    expect([await me(key), await me(token), (await exchange(key)).status]).toEqual([401, 401, 400]);
    expect((await mine("DELETE", `/${id}`)).status).toBe(404);
  });

  it("is one of a hundred a day at most, those that ended among them", async () => {
    const account = await service.signUp();
    await service.database.query(
      `insert into auth.api_keys (id, user_id, epoch, name, prefix, hash, scopes, acr, created_at, revoked_at)
       select gen_random_uuid(), $1, 0, 'x', 'x', 'x', '{}', 'x', t, t
       from generate_series(1, 99), lateral (select now() + $2 * interval '1 s' as t) x`,
      [account.user.id, service.deps.clock.offsetSeconds],
    );
    const made = async () => (await mine("POST", "", { name: "x", scopes: [] }, account)).status;
    expect([await made(), await made()]).toEqual([201, 409]);
  });

  it("is one of fifty at most, of any number that are made at once", async () => {
    const account = await service.signUp();
    await service.database.query(
      `insert into auth.api_keys (id, user_id, epoch, name, prefix, hash, scopes, acr, created_at)
       select gen_random_uuid(), $1, 0, 'x', 'x', 'x', '{}', 'x', now() + $2 * interval '1 s' from generate_series(1, 48)`,
      [account.user.id, service.deps.clock.offsetSeconds],
    );
    const replies = await inParallel(10, () => mine("POST", "", { name: "x", scopes: [] }, account));
    const made = replies.filter(({ status }) => status === 201).length;
    expect(replies.every(({ status }) => status === 201 || status === 409)).toBe(true);
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThanOrEqual(2);
    expect((await mine("GET", "?limit=100", undefined, account)).body.data).toHaveLength(48 + made);
  });
});

/** The user at hand, signed in now. */
async function fresh(): Promise<Account> {
  user = { ...user, ...(await service.logIn(user.email)).body };
  return user;
}

describe("an exchange (RFC 8693)", () => {
  it("gives a token of five minutes, of the key's scopes or fewer", async () => {
    const operator = await operatorWith(service, "users:read", "stats:read");
    const { key, id } = await createKey(service, operator, { scopes: ["users:read", "stats:read"] });
    const { status, body } = await exchange(key, { scope: "stats:read" });
    expect([status, body]).toMatchObject([
      200,
      {
        token_type: "Bearer",
        expires_in: 300,
        scope: "stats:read",
        issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
      },
    ]);
    const token = String(body.access_token);
    expect(JSON.parse(atob(token.split(".")[1] ?? ""))).toMatchObject({
      sub: operator.user.id,
      sid: id,
      gty: "api_key",
    });
    const uses = async (path: string) => (await service.call("GET", path, { token })).status;
    expect([await uses("admin/stats"), await uses("admin/users"), await uses("users/me")]).toEqual([
      200, 403, 200,
    ]);
    expect((await exchange(key, { scope: "stats:read users:write" })).body.error).toBe("invalid_scope");
  });

  it("is of a key alone: with client credentials beside it, or of another token, it is refused", async () => {
    const { key } = await createKey(service, await fresh());
    expect((await exchange(key, { client_secret: "x" })).body.error).toBe("invalid_request");
    expect(
      (await exchange(key, { subject_token_type: "urn:ietf:params:oauth:token-type:jwt" })).body.error,
    ).toBe("invalid_request");
    expect(
      (await exchange(key, { requested_token_type: "urn:ietf:params:oauth:token-type:refresh_token" })).body
        .error,
    ).toBe("invalid_request");
    expect((await exchange(user.access_token)).body.error).toBe("invalid_request");
    expect((await exchange("")).body.error).toBe("invalid_request");
    for (const target of ["resource", "audience"]) {
      expect((await exchange(key, { [target]: "https://orders.example.com" })).body.error).toBe(
        "invalid_target",
      );
      expect((await exchange(key, { [target]: "http://localhost:8787" })).status).toBe(200);
    }
    service.advance(day);
    expect((await exchange(key)).status).toBe(200);
  });
});
