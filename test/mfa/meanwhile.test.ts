import { describe, expect, it } from "vitest";
import type { Account } from "../support/client.ts";
import { codeOf, enrol, halfSignIn, showCode } from "../support/factors.ts";
import { holdLock } from "../support/lock.ts";
import { passkeysOf } from "../support/passkeys.ts";
import { useService } from "../support/service.ts";

// What waits for a user's row reads that row again and nothing else: rows that came beside it are not seen.
const service = useService({ THROTTLE: "off", TRUSTED_DEVICE_DAYS: "30" });

const as = ({ access_token: token }: { access_token: string }) => ({ token });

/** Lines `first` and then `second` up behind the user's row, and lets them go. */
async function queue<A, B>(
  { user }: Account,
  first: () => Promise<A>,
  second: () => Promise<B>,
): Promise<[A, B]> {
  const held = await holdLock(service.database, "select 1 from auth.users where id = $1 for update", [
    user.id,
  ]);
  const one = first();
  await held.waiters(1);
  const two = second();
  await held.waiters(2);
  await held.release();
  return Promise.all([one, two]);
}

const countCodes = async ({ user }: Account) =>
  (
    await service.database.query<{ count: number }>(
      "select count(*)::int from auth.recovery_codes where user_id = $1 and used_at is null",
      [user.id],
    )
  )[0]?.count;

const factorsOf = async (account: Account) => (await service.call("GET", "users/me/mfa", as(account))).body;

describe("what waits while factors change", () => {
  it("gives no recovery codes to a session that has not shown the app just confirmed", async () => {
    const owner = await service.signUp();
    const thief = { ...owner, ...(await service.logIn(owner.email)).body };
    const { body } = await service.call<{ secret: string }>("POST", "users/me/mfa/totp", as(owner));
    const json = { code: codeOf(body.secret, service.deps.clock.now()) };
    const [confirmed, stolen] = await queue(
      owner,
      () => service.call("POST", "users/me/mfa/totp/confirm", { ...as(owner), json }),
      () => service.call("POST", "users/me/mfa/recovery-codes", as(thief)),
    );
    expect([confirmed.status, stolen.body.code]).toEqual([200, "conflict"]);
    expect(await countCodes(owner)).toBe(10);
  });

  it("does not let such a session remove the app either", async () => {
    const owner = await service.signUp();
    const thief = { ...owner, ...(await service.logIn(owner.email)).body };
    const { body } = await service.call<{ secret: string }>("POST", "users/me/mfa/totp", as(owner));
    const json = { code: codeOf(body.secret, service.deps.clock.now()) };
    const [confirmed, removed] = await queue(
      owner,
      () => service.call("POST", "users/me/mfa/totp/confirm", { ...as(owner), json }),
      () => service.call("DELETE", "users/me/mfa/totp", as(thief)),
    );
    expect([confirmed.status, removed.body.code]).toEqual([200, "conflict"]);
    expect(await factorsOf(owner)).toMatchObject({ enabled: true, recovery_codes_left: 10 });
  });

  it("removes no app while a sign-in by it trusts a device", async () => {
    const account = await enrol(service);
    const token = await halfSignIn(service, account);
    const [signedIn, removed] = await queue(
      account,
      () => showCode(service, token, account.code(), "totp", { trust_device: true }),
      () => service.call("DELETE", "users/me/mfa/totp", as(account)),
    );
    expect([signedIn.status, removed.body.code]).toEqual([200, "conflict"]);
    expect((await service.call("DELETE", "users/me/mfa/totp", as(account))).status).toBe(204);
    const left = await service.database.query("select 1 from auth.trusted_devices where user_id = $1", [
      account.user.id,
    ]);
    expect(left).toEqual([]);
  });

  it("removes no app while another session is raised by a recovery code", async () => {
    const account = await enrol(service);
    const [code] = account.recoveryCodes;
    const other = await showCode(service, await halfSignIn(service, account), account.code());
    await service.database.query("update auth.sessions set acr = 'urn:gatehouse:acr:1' where id = $1", [
      (await service.call("GET", "users/me", as(other.body))).body.session_id,
    ]);
    const [raised, removed] = await queue(
      account,
      () =>
        service.call("POST", "auth/reauthenticate", {
          ...as(other.body),
          json: { method: "recovery_code", code },
        }),
      () => service.call("DELETE", "users/me/mfa/totp", as(account)),
    );
    expect([raised.status, removed.body.code]).toEqual([200, "conflict"]);
  });

  it("leaves ten codes of two renewals at once", async () => {
    const account = await enrol(service);
    const renew = () => service.call("POST", "users/me/mfa/recovery-codes", as(account));
    const replies = await queue(account, renew, renew);
    expect(replies.map(({ status }) => status)).toEqual([200, 409]);
    expect(await countCodes(account)).toBe(10);
  });

  it("takes no account over beside a passkey that its holder adds that very moment", async () => {
    const attacker = await service.signUp();
    const { creationOptions, requestOptions, signIn } = passkeysOf(service);
    const { createAuthenticator } = await import("../support/authenticator.ts");
    const authenticator = createAuthenticator();
    const options = await creationOptions(attacker.access_token);
    const json = { flow_id: options.flow_id, credential: authenticator.register(options) };
    await service.call("POST", "auth/password/forgot", { json: { email: attacker.email } });
    const { token } = await service.mailTo(attacker.email, "password_reset");
    const reset = () =>
      service.call("POST", "auth/password/reset", { json: { token, new_password: "Another-horse-8" } });
    const [added, taken] = await queue(
      attacker,
      () => service.call("POST", "users/me/passkeys", { ...as(attacker), json }),
      reset,
    );
    expect([added.status, taken.status]).toEqual([201, 401]);
    expect((await reset()).status).toBe(204);
    const flow = await requestOptions();
    expect((await signIn(flow.flow_id, authenticator.assert(flow))).status).toBe(401);
  });
});
