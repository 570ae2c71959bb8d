import { createHash } from "node:crypto";
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { publishFeed } from "../../src/revocation/publish-feed.ts";
import type { Account } from "../support/client.ts";
import { captureStatements, explain } from "../support/explain.ts";
import { inParallel } from "../support/heavy.ts";
import { holdLock } from "../support/lock.ts";
import { basic, clientToken, createKey, registerClient } from "../support/machines.ts";
import { makeAdmin } from "../support/operators.ts";
import { startService, useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

type Feed = {
  iss: string;
  iat: number;
  exp: number;
  window: number;
  count: number;
  entries: string;
  overflow: boolean;
};

const path = "/.well-known/revocations";
const claimsOf = (token: string) =>
  JSON.parse(atob(token.split(".")[1] ?? "")) as { sid: string; jti: string };
const prefixOf = (id: string) => createHash("sha256").update(id).digest().subarray(0, 8).toString("hex");

/** The feed of now, verified as a stranger does. */
async function readFeed(from = service): Promise<Feed & { has(id: string): boolean; prefixes: string[] }> {
  from.advance(10);
  const { body } = await from.call<JSONWebKeySet>("GET", "/.well-known/jwks.json");
  const { text } = await from.call("GET", path);
  const { payload } = await jwtVerify<Feed>(text, createLocalJWKSet(body), {
    algorithms: ["ES256"],
    typ: "revocations+jwt",
    issuer: "http://localhost:8787",
    currentDate: from.deps.clock.now(),
  });
  const bytes = Buffer.from(payload.entries, "base64url");
  const prefixes = Array.from({ length: bytes.length / 8 }, (_, i) =>
    bytes.subarray(i * 8, i * 8 + 8).toString("hex"),
  );
  return { ...payload, prefixes, has: (id) => prefixes.includes(prefixOf(id)) };
}

async function exchange(key: string): Promise<string> {
  const { body } = await service.call("POST", "/oauth/token", {
    form: {
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      subject_token: key,
      subject_token_type: "urn:gatehouse:token-type:api_key",
    },
  });
  return String(body.access_token);
}

describe("the revocation feed", () => {
  it("is signed, lasts a minute, may be cached for ten seconds, and names nobody", async () => {
    const account = await service.signUp();
    await service.call("POST", "auth/logout", { json: { refresh_token: account.refresh_token } });
    const feed = await readFeed();
    expect(feed).toMatchObject({ window: 1800, overflow: false, count: feed.prefixes.length });
    expect(feed.exp - feed.iat).toBe(60);
    expect(feed.prefixes).toEqual([...new Set(feed.prefixes)].sort());
    expect(feed.has(claimsOf(account.access_token).sid)).toBe(true);
    expect(feed.has(account.user.id)).toBe(false);
    const { headers, text } = await service.call("GET", path);
    expect(headers.get("cache-control")).toBe("public, max-age=10");
    expect(headers.get("content-type")).toBe("application/jwt");
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(atob(text.split(".")[1] ?? "")).not.toContain(account.user.id);
  });

  const endings: [string, (account: Account, admin: Account) => Promise<unknown>][] = [
    ["logging out", ({ access_token: token }) => service.call("POST", "auth/logout", { token })],
    [
      "logging out everywhere",
      ({ access_token: token }) => service.call("POST", "auth/logout-all", { token }),
    ],
    [
      "the user who ends one",
      ({ access_token: token }) =>
        service.call("DELETE", `users/me/sessions/${claimsOf(token).sid}`, { token }),
    ],
    [
      "a suspension",
      ({ user }, { access_token: token }) =>
        service.call("POST", `admin/users/${user.id}/suspend`, { token, json: {} }),
    ],
    ["the end of the account", ({ access_token: token }) => service.call("DELETE", "users/me", { token })],
    [
      "the end of the account by an operator",
      ({ user }, { access_token: token }) => service.call("DELETE", `admin/users/${user.id}`, { token }),
    ],
    [
      "a takeover",
      async ({ email }) => {
        const { body } = await service.call("POST", "auth/magic-link", { json: { email } });
        const { token } = await service.mailTo(email, "magic_link");
        return service.call("POST", "auth/magic-link/verify", { json: { flow_id: body.flow_id, token } });
      },
    ],
    [
      "a refresh token that was used before",
      async ({ refresh_token: old }) => {
        const next = (await service.refresh(old)).body.refresh_token;
        await service.refresh(next);
        return service.refresh(old);
      },
    ],
  ];

  it.each(endings)("has a session that ended by %s, until its tokens are over", async (_, end) => {
    const [account, admin] = [await service.signUp(), await makeAdmin(service)];
    const { sid } = claimsOf(account.access_token);
    expect((await readFeed()).has(sid)).toBe(false);
    await end(account, admin);
    expect((await readFeed()).has(sid)).toBe(true);
    service.advance(1790);
    expect((await readFeed()).has(sid)).toBe(true);
    service.advance(300);
    expect((await readFeed()).has(sid)).toBe(false);
  });

  it("has API keys, client secrets, clients and single tokens that ended", async () => {
    const [account, admin] = [await service.signUp(), await makeAdmin(service)];
    const bearer = { token: account.access_token };
    const [kept, ended, leaving] = [
      await createKey(service, account),
      await createKey(service, account),
      await service.signUp(),
    ];
    const lost = await createKey(service, leaving);
    const suspended = await service.signUp();
    const stopped = await createKey(service, suspended);
    const token = await exchange(kept.key);
    const client = await registerClient(service, admin, { scopes: ["users:read"] });
    const other = await registerClient(service, admin);
    const machine = await clientToken(service, client);
    await service.call("POST", "/oauth/revoke", { headers: basic(client), form: { token } });
    await service.call("POST", "/oauth/revoke", { headers: basic(client), form: { token: machine } });
    await service.call("DELETE", `users/me/api-keys/${ended.id}`, bearer);
    await service.call("DELETE", "users/me", { token: leaving.access_token });
    const operator = { token: admin.access_token };
    await service.call("POST", `admin/users/${suspended.user.id}/suspend`, { ...operator, json: {} });
    const secret = client.secrets[0]?.id ?? "";
    await service.call("DELETE", `admin/clients/${client.client_id}/secrets/${secret}`, operator);
    await service.call("DELETE", `admin/clients/${other.client_id}`, operator);
    const feed = await readFeed();
    const ids = [
      ended.id,
      lost.id,
      stopped.id,
      claimsOf(token).jti,
      claimsOf(machine).jti,
      secret,
      other.client_id,
    ];
    expect(ids.map((id) => feed.has(id))).toEqual(ids.map(() => true));
    expect([kept.id, client.client_id, claimsOf(account.access_token).sid].map((id) => feed.has(id))).toEqual(
      [false, false, false],
    );
  });

  it("has a session that was opened while its user's epoch was being raised, and that no row says is over", async () => {
    const account = await service.signUp();
    const held = await holdLock(service.database, "select 1 from auth.users where id = $1 for update", [
      account.user.id,
    ]);
    const opening = service.logIn(account.email);
    await held.waiters(1);
    const ending = service.call("POST", "auth/logout-all", { token: account.access_token });
    await held.waiters(2);
    await held.release();
    const { body } = await opening;
    expect((await ending).status).toBe(204);
    const { sid } = claimsOf(body.access_token);
    const [row] = await service.database.query("select ended_at from auth.sessions where id = $1", [sid]);
    expect(row).toEqual({ ended_at: null });
    expect((await service.call("GET", "users/me", { token: body.access_token })).status).toBe(401);
    expect((await readFeed()).has(sid)).toBe(true);
  });

  it("costs one statement in ten seconds, however many ask, and says how old it is", async () => {
    await readFeed();
    service.advance(11);
    const before = service.statements.length;
    const replies = await inParallel(50, () => service.call("GET", path));
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
    expect(service.statements.length - before).toBe(1);
    service.advance(4);
    const later = await service.call("GET", path);
    expect(later.text).toBe(replies[0]?.text);
    // Whole seconds went by beside the four.
    expect(Number(later.headers.get("age"))).toBeGreaterThanOrEqual(4);
    expect(Number(later.headers.get("age"))).toBeLessThan(10);
    service.advance(7);
    expect((await service.call("GET", path)).text).not.toBe(later.text);
    expect(service.statements.length - before).toBe(2);
  });

  it("is handed out until it expires while the database does not answer, and then is 503", async () => {
    await readFeed();
    service.onStatement.current = () => {
      throw Object.assign(new Error("cut"), { code: "57P01" });
    };
    service.advance(50);
    const stale = await service.call("GET", path);
    expect([stale.status, Number(stale.headers.get("age")) >= 50]).toEqual([200, true]);
    service.advance(11);
    const { status, headers } = await service.call("GET", path);
    expect([status, Number(headers.get("retry-after"))]).toEqual([503, 2]);
    service.onStatement.current = undefined;
    expect((await service.call("GET", path)).status).toBe(200);
  });

  it("is not there under a shared secret", async () => {
    const other = await startService({
      JWT_ALGORITHM: "HS256",
      ACCESS_TOKEN_SECRET_KEY: "k".repeat(8) + crypto.randomUUID(),
    });
    const { status, body } = await other.call("GET", path);
    expect([status, body.code]).toEqual([404, "not_found"]);
    const metadata = (await other.call("GET", "/.well-known/oauth-authorization-server")).body;
    expect([metadata.jwks_uri, metadata.revocations_uri]).toEqual([undefined, undefined]);
    await other.close();
  });

  it("says so when there is more than 50,000, holds the newest, and is no slower to read than is fit", async () => {
    const account = await service.signUp();
    await service.database.query(
      `insert into auth.sessions (id, user_id, client_id, epoch, rotated_at, created_at, last_used_at, expires_at, ended_at,
         ended_reason, amr, acr, auth_time, ip, network)
       select gen_random_uuid(), $1, 'gatehouse', 0, t, t, t, t + interval '7 days', t, 'logout', '{pwd}', 'x', t, 'x', 'x'
       from generate_series(1, 60000) i, lateral (select now() + $2 * interval '1 s' - i * interval '1 ms' as t) x`,
      [account.user.id, service.deps.clock.offsetSeconds],
    );
    await service.call("POST", "auth/logout", { json: { refresh_token: account.refresh_token } });
    const started = performance.now();
    const feed = await readFeed();
    const ms = Math.round(performance.now() - started);
    expect(feed).toMatchObject({ overflow: true, count: 50_000 });
    expect(feed.prefixes).toHaveLength(50_000);
    expect(feed.has(claimsOf(account.access_token).sid)).toBe(true);
    console.log(`feed of 50,000 of 60,000: made, fetched and verified in ${ms} ms`);
  });

  it("is made without reading what ended long ago", async () => {
    await service.database.query(
      "update auth.sessions set ended_at = ended_at - interval '10 days', created_at = created_at - interval '10 days'",
    );
    await service.database.query("analyze auth.sessions");
    const [statement] = await captureStatements(service.deps, (deps) => publishFeed(deps)());
    const plan = await explain(service.database.query, statement ?? { text: "", params: [] });
    expect(plan).toContain("sessions_ended_at");
    expect(plan).not.toMatch(/Seq Scan on (auth\.)?sessions/);
  });
});
