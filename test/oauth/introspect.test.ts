import { beforeAll, describe, expect, it } from "vitest";
import { type Account, goodPassword } from "../support/client.ts";
import {
  basic,
  clientToken,
  createKey,
  exchangeKey,
  type Registered,
  registerClient,
} from "../support/machines.ts";
import { makeAdmin, operatorWith } from "../support/operators.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

let admin: Account;
let client: Registered;

beforeAll(async () => {
  admin = await makeAdmin(service);
  client = await registerClient(service, admin);
});

const ask = async (path: "introspect" | "revoke", token: string, by = client) =>
  service.call("POST", `/oauth/${path}`, { headers: basic(by), form: { token } });
const introspect = async (token: string, by = client) => (await ask("introspect", token, by)).text;
const revoke = async (token: string, by = client) => (await ask("revoke", token, by)).status;
const isActive = async (token: string, by = client) => JSON.parse(await introspect(token, by)).active;
const inactive = '{"active":false}';
const me = async (token: string) => (await service.call("GET", "users/me", { token })).status;

const exchange = async (key: string) => (await exchangeKey(service, key)).body.access_token;

describe("introspection (RFC 7662)", () => {
  it("tells of a user's access token what it says, of the refresh token and the API key whose they are", async () => {
    const made = await operatorWith(service, "users:read", "stats:read");
    const operator = { ...made, ...(await service.refresh(made.refresh_token)).body };
    const { key, id } = await createKey(service, operator, { scopes: ["stats:read"] });
    const sub = operator.user.id;
    expect(JSON.parse(await introspect(operator.access_token))).toMatchObject({
      active: true,
      token_type: "Bearer",
      sub,
      client_id: "gatehouse",
      scope: "stats:read users:read",
      jti: expect.any(String),
    });
    const refresh = JSON.parse(await introspect(operator.refresh_token));
    expect(refresh).toMatchObject({ active: true, sub, client_id: "gatehouse", exp: expect.any(Number) });
    expect(refresh).not.toHaveProperty("gen");
    expect(JSON.parse(await introspect(key))).toMatchObject({
      active: true,
      sub,
      sid: id,
      gty: "api_key",
      scope: "stats:read",
      iat: expect.any(Number),
    });
  });

  it.each([
    ["no token of ours", async () => "eyJhbGciOiJub25lIn0.e30.e30"],
    ["a forged one", async () => `${(await service.signUp()).access_token.slice(0, -8)}AAAAAAAA`],
    [
      "one whose session ended",
      async () => {
        const { access_token, refresh_token } = await service.signUp();
        await service.call("POST", "auth/logout", { json: { refresh_token } });
        return access_token;
      },
    ],
    [
      "the refresh token of a session that ended",
      async () => {
        const { refresh_token } = await service.signUp();
        await service.call("POST", "auth/logout", { json: { refresh_token } });
        return refresh_token;
      },
    ],
    [
      "one of a user who is suspended",
      async () => {
        const { access_token, user } = await service.signUp();
        await service.call("POST", `admin/users/${user.id}/suspend`, { token: admin.access_token, json: {} });
        return access_token;
      },
    ],
    [
      "one of a user who is deleted",
      async () => {
        const { access_token: token } = await service.signUp();
        await service.call("DELETE", "users/me", { token });
        return token;
      },
    ],
    [
      "an API key that was revoked",
      async () => {
        const account = await service.signUp();
        const { id, key } = await createKey(service, account);
        await service.call("DELETE", `users/me/api-keys/${id}`, { token: account.access_token });
        return key;
      },
    ],
    [
      "an mfa_token, a code, a cursor, or whatever else",
      async () => "AbCdEf.eyJpZCI6IjEifQ.AbCdEfGhIjKlMnOpQrStUv",
    ],
    ["another client's token", async () => clientToken(service, await registerClient(service, admin))],
    [
      "the token of a client that was deleted",
      async () => {
        const other = await registerClient(service, admin);
        const token = await clientToken(service, other);
        await service.call("DELETE", `admin/clients/${other.client_id}`, { token: admin.access_token });
        return token;
      },
    ],
  ])("tells nothing of %s but that it is not active", async (_, make) => {
    expect(await introspect(await make())).toBe(inactive);
  });

  it("follows a refresh: the one before is active within the grace, as it would be taken", async () => {
    const account = await service.signUp();
    const next = (await service.refresh(account.refresh_token)).body.refresh_token;
    expect([await isActive(account.refresh_token), await isActive(next)]).toEqual([true, true]);
    service.advance(31);
    expect([await isActive(account.refresh_token), await isActive(next)]).toEqual([false, true]);
  });

  it("tells of a client's token the scopes that the client still has", async () => {
    const own = await registerClient(service, admin, { scopes: ["orders:read", "stock:read"] });
    const token = await clientToken(service, own);
    const json = { scopes: ["stock:read"] };
    await service.call("PATCH", `admin/clients/${own.client_id}`, { token: admin.access_token, json });
    expect(JSON.parse(await introspect(token, own))).toMatchObject({ active: true, scope: "stock:read" });
  });

  it("tells of a person's token the roles and scopes that count now", async () => {
    const made = await operatorWith(service, "users:read");
    const token = (await service.refresh(made.refresh_token)).body.access_token;
    expect(JSON.parse(await introspect(token))).toMatchObject({ scope: "users:read" });
    await service.database.query("delete from auth.user_roles where user_id = $1 and role <> 'user'", [
      made.user.id,
    ]);
    expect(JSON.parse(await introspect(token))).toMatchObject({ active: true, scope: "", roles: ["user"] });
  });

  it("is of tokens for an audience of the client, and so is revocation", async () => {
    const elsewhere = await registerClient(service, admin, { audiences: ["https://elsewhere.example"] });
    const account = await service.signUp();
    const { key } = await createKey(service, account);
    for (const token of [account.access_token, account.refresh_token, key]) {
      expect(await introspect(token, elsewhere)).toBe(inactive);
      expect(await revoke(token, elsewhere)).toBe(200);
    }
    expect([await me(account.access_token), await me(key)]).toEqual([200, 200]);
  });

  it("tells a server of resources, by its scope, of tokens that other clients have for it", async () => {
    const orders = { audiences: ["https://orders.example.com"] };
    const [caller, server, elsewhere, plain] = await Promise.all([
      registerClient(service, admin, orders),
      registerClient(service, admin, { ...orders, scopes: ["tokens:introspect"] }),
      registerClient(service, admin, {
        audiences: ["https://stock.example.com"],
        scopes: ["tokens:introspect"],
      }),
      registerClient(service, admin, orders),
    ]);
    const token = await clientToken(service, caller);
    const answers = [caller, server, elsewhere, plain].map((by) => isActive(token, by));
    expect(await Promise.all(answers)).toEqual([true, true, false, false]);
  });

  it.each(["introspect", "revoke"] as const)(
    "is for clients that prove themselves: /oauth/%s",
    async (path) => {
      const { access_token: token } = await service.signUp();
      const by = (options: object) => service.call("POST", `/oauth/${path}`, options);
      const replies = await Promise.all([
        by({ form: { token } }),
        by({ form: { token, client_id: client.client_id } }),
        by({ token, form: { token } }),
        by({
          headers: basic({ ...client, client_secret: `${client.client_secret.slice(0, -4)}AAAA` }),
          form: { token },
        }),
      ]);
      for (const { status, body, headers } of replies) {
        expect([status, body.error]).toEqual([401, "invalid_client"]);
        expect(headers.get("www-authenticate")).toMatch(/^Basic/);
      }
      expect((await by({ headers: basic(client), form: {} })).body.error).toBe("invalid_request");
      const twice = `token=${token}&token=${token}`;
      const headers = { ...basic(client), "content-type": "application/x-www-form-urlencoded" };
      expect((await by({ headers, raw: twice })).body.error).toBe("invalid_request");
      expect(await me(token)).toBe(200);
    },
  );
});

describe("revocation (RFC 7009)", () => {
  it.each(["access_token", "refresh_token"] as const)("of a user's %s ends the session", async (which) => {
    const account = await service.signUp();
    const other = (await service.logIn(account.email, goodPassword)).body;
    expect(await revoke(account[which])).toBe(200);
    expect([await me(account.access_token), (await service.refresh(account.refresh_token)).status]).toEqual([
      401, 401,
    ]);
    expect([await me(other.access_token), await isActive(other.refresh_token)]).toEqual([200, true]);
    const [event] = await service.database.query(
      "select action, actor_id from auth.audit_events where subject_id = $1 order by occurred_at desc limit 1",
      [account.user.id],
    );
    expect(event).toEqual({ action: "session.ended", actor_id: client.client_id });
  });

  it("of an old refresh token ends the session too, as logging out by it does", async () => {
    const account = await service.signUp();
    await service.refresh(account.refresh_token);
    service.advance(60);
    expect([await revoke(account.refresh_token), await me(account.access_token)]).toEqual([200, 401]);
  });

  it("of an API key ends it, and of a token it was exchanged for that token alone", async () => {
    const { key } = await createKey(service, await service.signUp());
    const [one, other] = [await exchange(key), await exchange(key)];
    expect(await revoke(one)).toBe(200);
    expect([await me(one), await me(other), await me(key)]).toEqual([401, 200, 200]);
    expect(await revoke(key)).toBe(200);
    expect([await me(other), await me(key)]).toEqual([401, 401]);
  });

  it("of a client's token ends that one, and another client cannot", async () => {
    const own = await registerClient(service, admin, { scopes: ["users:read"] });
    const [one, other] = [await clientToken(service, own), await clientToken(service, own)];
    const uses = async (token: string) => (await service.call("GET", "admin/users", { token })).status;
    expect(await revoke(one)).toBe(200);
    expect(await uses(one)).toBe(200);
    expect(await revoke(one, own)).toBe(200);
    expect([await uses(one), await uses(other)]).toEqual([401, 200]);
  });

  it("of a token to act as somebody ends that token, and not the session of who acts", async () => {
    const { user } = await service.signUp();
    const { body } = await service.call("POST", `admin/users/${user.id}/impersonate`, {
      token: admin.access_token,
      json: { reason: "Ticket 4711" },
    });
    const token = String(body.access_token);
    expect([await me(token), await isActive(token)]).toEqual([200, true]);
    expect(await revoke(token)).toBe(200);
    expect([await me(token), await isActive(token), await me(admin.access_token)]).toEqual([401, false, 200]);
  });

  it("of what is no token, or no good any more, is answered the same", async () => {
    const account = await service.signUp();
    for (const token of ["x", account.access_token, account.access_token, account.refresh_token]) {
      const { status, text } = await ask("revoke", token);
      expect([status, text]).toEqual([200, ""]);
    }
  });
});
