import { describe, expect, it } from "vitest";
import type { UserId } from "../../src/ids.ts";
import { secondFactorDue } from "../../src/sign-in/second-step.ts";
import type { Reply } from "../support/client.ts";
import { type Enrolled, enrol, showCode } from "../support/factors.ts";
import { heavy, inParallel, tally } from "../support/heavy.ts";
import { holdLock } from "../support/lock.ts";
import { useService } from "../support/service.ts";

const service = useService();
const rounds = heavy ? 50 : 5;
const uses = heavy ? 200 : 50;
const timeout = heavy ? 600_000 : 60_000;

const factors = { password: true, totp: true, passkey: false, recoveryCode: true };

/** An `mfa_token` as a right password gets it, without the cost of hashing one. */
function newToken({ user }: Enrolled): string {
  const half = { userId: user.id as UserId, epoch: 0, amr: ["pwd"] };
  return secondFactorDue(service.deps, half, factors).extras.mfaToken ?? "";
}

const again = (account: Enrolled, json: Record<string, unknown>) =>
  service.call("POST", "auth/reauthenticate", { token: account.access_token, json });

type Use = () => Promise<Reply>;

const things: Record<string, (account: Enrolled) => Use> = {
  "a time step, for sign-ins of its own each": (account) => {
    const code = account.code();
    return () => showCode(service, newToken(account), code) as unknown as Promise<Reply>;
  },
  "a time step, to authenticate again": (account) => {
    const json = { method: "totp", code: account.code() };
    return () => again(account, json);
  },
  "a recovery code, for sign-ins of its own each": (account) => {
    const [code = ""] = account.recoveryCodes;
    return () => showCode(service, newToken(account), code, "recovery_code") as unknown as Promise<Reply>;
  },
  "a recovery code, to authenticate again": (account) => {
    const json = { method: "recovery_code", code: account.recoveryCodes[1] };
    return () => again(account, json);
  },
  "an mfa_token, by codes of its own each": (account) => {
    const token = newToken(account);
    // Whichever five of them are looked at, each would open it.
    const codes = Array.from({ length: uses }, (_, index) => account.recoveryCodes[index % 10]);
    return () =>
      showCode(service, token, codes.pop() ?? "0000", "recovery_code") as unknown as Promise<Reply>;
  },
};

describe(`of ${uses} parallel uses, in ${rounds} rounds, exactly one succeeds:`, () => {
  it.each(Object.entries(things))("%s", { timeout }, async (_, make) => {
    for (let round = 0; round < rounds; round++) {
      const use = make(await enrol(service));
      const statuses = (await inParallel(uses, use)).map(({ status }) => status);
      expect(statuses.filter((status) => status === 200)).toHaveLength(1);
      expect(statuses.filter((status) => ![200, 401, 429].includes(status))).toEqual([]);
    }
  });

  it("and a factor that is confirmed while a login is between its statements is asked for", async () => {
    const account = await service.signUp();
    const held = await holdLock(service.database, "select 1 from auth.users where id = $1 for update", [
      account.user.id,
    ]);
    const login = service.logIn(account.email);
    await held.waiters(1);
    // What confirming does to the user's row, committed while the login waits for it.
    await held.query("update auth.users set has_totp = true where id = $1", [account.user.id]);
    await held.release();
    expect((await login).status).toBe(403);
  });
});

describe("guesses in parallel", () => {
  it("are all counted: of a hundred, twenty are looked at and eighty refused", async () => {
    const account = await enrol(service);
    const replies = await inParallel(100, () => showCode(service, newToken(account), "000000"));
    expect(tally(replies.map(({ status }) => status))).toEqual({ 401: 20, 429: 80 });
    expect((await showCode(service, newToken(account), account.code())).status).toBe(429);
    const [refused] = await service.database.query<{ count: number }>(
      "select count(*)::int from auth.audit_events where subject_id = $1 and action = 'login.refused'",
      [account.user.id],
    );
    expect(refused?.count).toBe(20);
  });

  it("at one sign-in are five, and then nothing comes of it", async () => {
    const account = await enrol(service);
    const token = newToken(account);
    const replies = await inParallel(100, () => showCode(service, token, "000000"));
    expect(tally(replies.map(({ status }) => status))).toEqual({ 401: 100 });
    const [refused] = await service.database.query<{ count: number }>(
      "select count(*)::int from auth.audit_events where subject_id = $1 and action = 'login.refused'",
      [account.user.id],
    );
    expect(refused?.count).toBe(5);
    expect((await showCode(service, token, account.code())).status).toBe(401);
  });
});
