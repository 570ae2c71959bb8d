import { describe, expect, it } from "vitest";
import type { Account } from "../support/client.ts";
import { claimsOf, feedPath as path, readFeedOf } from "../support/feed.ts";
import { holdLock } from "../support/lock.ts";
import { basic, clientToken, createKey, exchangeKey, registerClient } from "../support/machines.ts";
import { makeAdmin } from "../support/operators.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

const readFeed = () => readFeedOf(service);

const exchange = async (key: string) => (await exchangeKey(service, key)).body.access_token;

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
    const rotated = await createKey(service, account);
    const unused = await createKey(service, account);
    for (const { key } of [ended, lost, stopped, rotated]) await exchange(key);
    const token = await exchange(kept.key);
    const client = await registerClient(service, admin, { scopes: ["users:read"] });
    const other = await registerClient(service, admin);
    const machine = await clientToken(service, client);
    await service.call("POST", "/oauth/revoke", { headers: basic(client), form: { token } });
    await service.call("POST", "/oauth/revoke", { headers: basic(client), form: { token: machine } });
    await service.call("DELETE", `users/me/api-keys/${ended.id}`, bearer);
    await service.call("DELETE", `users/me/api-keys/${unused.id}`, bearer);
    await service.call("POST", `users/me/api-keys/${rotated.id}/rotate`, {
      ...bearer,
      json: { overlap_seconds: 1 },
    });
    await service.call("DELETE", "users/me", { token: leaving.access_token });
    const operator = { token: admin.access_token };
    await service.call("POST", `admin/users/${suspended.user.id}/suspend`, { ...operator, json: {} });
    const secret = client.secrets[0]?.id ?? "";
    await service.call("DELETE", `admin/clients/${client.client_id}/secrets/${secret}`, operator);
    await service.call("DELETE", `admin/clients/${other.client_id}`, operator);
    const feed = await readFeed();
    // No token hangs on a key that was never used.
    expect(feed.has(unused.id)).toBe(false);
    const ids = [
      ended.id,
      rotated.id,
      lost.id,
      stopped.id,
      claimsOf(token).jti,
      claimsOf(machine).jti,
      secret,
      other.secrets[0]?.id ?? "",
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

  it("has a key that was made while its owner was being suspended, and that no row says is over", async () => {
    const [account, admin] = [await service.signUp(), await makeAdmin(service)];
    const { sid } = claimsOf(account.access_token);
    const user = await holdLock(service.database, "select 1 from auth.users where id = $1 for update", [
      account.user.id,
    ]);
    const making = createKey(service, account);
    await user.waiters(1);
    const ending = service.call("POST", `admin/users/${account.user.id}/suspend`, {
      token: admin.access_token,
      json: {},
    });
    await user.waiters(2);
    const session = await holdLock(service.database, "select 1 from auth.sessions where id = $1 for share", [
      sid,
    ]);
    await user.release();
    const { id, key } = await making;
    const token = await exchange(key);
    await session.release();
    expect((await ending).status).toBe(200);
    expect((await service.call("GET", "users/me", { token })).status).toBe(401);
    expect((await readFeed()).has(id)).toBe(true);
  });
});
