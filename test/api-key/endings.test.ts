import { describe, expect, it } from "vitest";
import { type Account, goodPassword } from "../support/client.ts";
import { enrol } from "../support/factors.ts";
import { holdLock } from "../support/lock.ts";
import { createKey, exchangeKey } from "../support/machines.ts";
import { makeAdmin } from "../support/operators.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

const me = async (token: string) => (await service.call("GET", "users/me", { token })).status;
const exchange = (key: string) => exchangeKey(service, key);

async function reset({ email }: Account) {
  await service.call("POST", "auth/password/forgot", { json: { email } });
  const { token } = await service.mailTo(email, "password_reset");
  return service.call("POST", "auth/password/reset", { json: { token, new_password: "Another-horse-8" } });
}

describe("what ends an API key", () => {
  const outcomes: [string, (account: Account, admin: Account) => Promise<unknown>, number][] = [
    [
      "signing out everywhere does not",
      ({ access_token: token }) => service.call("POST", "auth/logout-all", { token }),
      200,
    ],
    [
      "a change of password does not",
      ({ access_token: token }) =>
        service.call("POST", "users/me/password", {
          token,
          json: { current_password: goodPassword, new_password: "Another-horse-8" },
        }),
      200,
    ],
    [
      "an operator who ends all sessions does not",
      ({ user: { id } }, { access_token: token }) =>
        service.call("DELETE", `admin/users/${id}/sessions`, { token }),
      200,
    ],
    [
      "a reset of the password does",
      async ({ email }) => {
        await service.call("POST", "auth/password/forgot", { json: { email } });
        const { token } = await service.mailTo(email, "password_reset");
        return service.call("POST", "auth/password/reset", {
          json: { token, new_password: "Another-horse-8" },
        });
      },
      401,
    ],
    [
      "a reset that an operator forces does",
      ({ user: { id } }, { access_token: token }) =>
        service.call("POST", `admin/users/${id}/password-reset`, { token }),
      401,
    ],
    [
      "a suspension does, also when it is over",
      async ({ user: { id } }, { access_token: token }) => {
        await service.call("POST", `admin/users/${id}/suspend`, { token, json: {} });
        return service.call("POST", `admin/users/${id}/reinstate`, { token });
      },
      401,
    ],
    [
      "the end of the account does",
      ({ access_token: token }) => service.call("DELETE", "users/me", { token }),
      401,
    ],
  ];

  it.each(outcomes)("%s", async (_, act, status) => {
    const [account, admin] = [await service.signUp(), await makeAdmin(service)];
    const { key } = await createKey(service, account);
    const token = String((await exchange(key)).body.access_token);
    expect(await me(key)).toBe(200);
    const reply = (await act(account, admin)) as { status: number };
    expect(reply.status).toBeLessThan(300);
    expect([await me(key), await me(token)]).toEqual([status, status]);
  });

  it("a takeover by whoever reads the mail of an unverified address does", async () => {
    const account = await service.signUp();
    const { key } = await createKey(service, account);
    const { body } = await service.call("POST", "auth/magic-link", { json: { email: account.email } });
    const { token } = await service.mailTo(account.email, "magic_link");
    const reply = await service.call("POST", "auth/magic-link/verify", {
      json: { flow_id: body.flow_id, token },
    });
    expect([reply.status, await me(key)]).toEqual([200, 401]);
  });

  it("two that sign out everywhere at once do not", async () => {
    const account = await service.signUp();
    const { key } = await createKey(service, account);
    const other = (await service.logIn(account.email)).body;
    const held = await holdLock(service.database, "select 1 from auth.users where id = $1 for update", [
      account.user.id,
    ]);
    const out = (token: string) => service.call("POST", "auth/logout-all", { token });
    const both = [out(account.access_token), out(other.access_token)];
    await held.waiters(2);
    await held.release();
    await Promise.all(both);
    expect(await me(key)).toBe(200);
  });

  it("a session that ended while the key waited to be made leaves none", async () => {
    const account = await service.signUp();
    const held = await holdLock(service.database, "select 1 from auth.users where id = $1 for update", [
      account.user.id,
    ]);
    const json = { name: "Nightly", scopes: [] };
    const making = service.call("POST", "users/me/api-keys", { token: account.access_token, json });
    await held.waiters(1);
    await service.call("POST", "auth/logout", { json: { refresh_token: account.refresh_token } });
    await held.release();
    expect((await making).status).toBe(409);
  });

  it("the second factor that a key was made with takes from it, and a rotation gives back, nothing that takes two", async () => {
    const [admin, owner] = [await makeAdmin(service), await enrol(service)];
    const name = `careful-${crypto.randomUUID()}`;
    const json = { name, permissions: ["users:read"], mfa_required: true };
    await service.call("POST", "admin/roles", { token: admin.access_token, json });
    await service.database.query("insert into auth.user_roles values ($1, $2)", [owner.user.id, name]);
    const { id, key } = await createKey(service, owner, { scopes: ["users:read"] });
    const lists = async (token: string) => (await service.call("GET", "admin/users", { token })).status;
    expect(await lists(key)).toBe(200);
    expect((await service.call("DELETE", "users/me/mfa/totp", { token: owner.access_token })).status).toBe(
      204,
    );
    expect([await lists(key), await me(key)]).toEqual([403, 200]);
    const { access_token: token } = (await service.logIn(owner.email, owner.password)).body;
    const rotated = await service.call("POST", `users/me/api-keys/${id}/rotate`, { token, json: {} });
    expect([rotated.status, await lists(String(rotated.body.key))]).toEqual([201, 403]);
  });

  it("a reset does that was waiting while the key was made", async () => {
    const account = await service.signUp();
    // The first reset verifies the address: what is tested is no takeover.
    await reset(account);
    const { access_token } = (await service.logIn(account.email, "Another-horse-8")).body;
    await service.call("POST", "auth/password/forgot", { json: { email: account.email } });
    const { token } = await service.mailTo(account.email, "password_reset");
    const held = await holdLock(service.database, "select 1 from auth.users where id = $1 for update", [
      account.user.id,
    ]);
    const making = createKey(service, { ...account, access_token });
    await held.waiters(1);
    const resetting = service.call("POST", "auth/password/reset", {
      json: { token, new_password: "Third-horse-99" },
    });
    await held.waiters(2);
    await held.release();
    const { key } = await making;
    expect([(await resetting).status, await me(key), (await exchange(key)).status]).toEqual([204, 401, 400]);
  });
});
