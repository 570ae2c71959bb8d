import { describe, expect, it } from "vitest";
import { type Account, goodPassword } from "../support/client.ts";
import { holdLock } from "../support/lock.ts";
import { createKey } from "../support/machines.ts";
import { makeAdmin } from "../support/operators.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

const me = async (token: string) => (await service.call("GET", "users/me", { token })).status;
const exchange = (key: string) =>
  service.call("POST", "/oauth/token", {
    form: {
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      subject_token: key,
      subject_token_type: "urn:gatehouse:token-type:api_key",
    },
  });

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
