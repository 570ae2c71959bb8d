import { decodeJwt } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { acr } from "../../src/access/assurance.ts";
import type { Account, Reply } from "../support/client.ts";
import { countFactors, giveFactors } from "../support/given-factors.ts";
import { makeAdmin, operatorWith } from "../support/operators.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

let admin: Account;
const reset = (by: Account, id: string) =>
  service.call("DELETE", `admin/users/${id}/mfa`, { token: by.access_token });
const answer = ({ status, body }: Reply) => [status, body.code];
const epochOf = async ({ user }: Account) =>
  (
    await service.database.query<{ epoch: number }>(
      "select security_epoch as epoch from auth.users where id = $1",
      [user.id],
    )
  )[0]?.epoch;
const events = ({ user }: Account) =>
  service.database.query(
    "select actor_id, outcome from auth.audit_events where subject_id = $1 and action = 'mfa.reset'",
    [user.id],
  );

beforeAll(async () => {
  admin = await makeAdmin(service);
});

describe("an operator who resets a user's second factors", () => {
  it("takes all of them, ends every session, and has it on record and mailed", async () => {
    const user = await service.signUp();
    await giveFactors(service, user);
    const shown = () => service.call("GET", `admin/users/${user.user.id}`, { token: admin.access_token });
    expect((await shown()).body.mfa_enabled).toBe(true);
    expect((await reset(admin, user.user.id)).status).toBe(204);
    expect(await countFactors(service, user)).toBe(0);
    expect((await shown()).body.mfa_enabled).toBe(false);
    expect((await service.call("GET", "users/me", { token: user.access_token })).status).toBe(401);
    const ended = await service.database.query("select ended_reason from auth.sessions where user_id = $1", [
      user.user.id,
    ]);
    expect(ended).toEqual([{ ended_reason: "mfa_reset" }]);
    expect(await epochOf(user)).toBe(1);
    expect(await events(user)).toEqual([{ actor_id: admin.user.id, outcome: "success" }]);
    const { text } = await service.mailTo(user.email, "factor_changed");
    expect(text).not.toMatch(/IP address|Device/);
    expect((await service.logIn(user.email)).status).toBe(200);
  });

  it("touches nothing of a user who has none, nor of anybody else", async () => {
    const [user, other] = [await service.signUp(), await service.signUp()];
    await giveFactors(service, other);
    expect((await reset(admin, user.user.id)).status).toBe(204);
    expect((await service.call("GET", "users/me", { token: user.access_token })).status).toBe(200);
    expect(await events(user)).toEqual([]);
    const victim = await service.signUp();
    await giveFactors(service, victim);
    expect((await reset(admin, victim.user.id)).status).toBe(204);
    expect(await countFactors(service, other)).toBe(5);
    expect((await service.call("GET", "users/me", { token: other.access_token })).status).toBe(200);
  });

  it("may not for a user who may do more, for themselves, or without the permission", async () => {
    const clerk = await operatorWith(service, "users:write");
    const boss = await operatorWith(service, "users:write", "users:delete");
    const reader = await operatorWith(service, "users:read");
    for (const [by, to] of [
      [clerk, boss],
      [clerk, clerk],
      [reader, clerk],
    ] as const) {
      await giveFactors(service, to, { counted: false });
      expect(answer(await reset(by, to.user.id))).toEqual([403, "not_allowed"]);
      expect(await countFactors(service, to)).toBe(5);
    }
    expect(await events(boss)).toEqual([{ actor_id: clerk.user.id, outcome: "denied" }]);
    expect(answer(await reset(admin, crypto.randomUUID()))).toEqual([404, "not_found"]);
  });
});

describe("what hands out power asks an operator for a recent authentication:", () => {
  const routes: [string, (by: Account, id: string) => Promise<Reply>][] = [
    ["to reset factors", reset],
    [
      "to give roles",
      ({ access_token: token }, id) =>
        service.call("PUT", `admin/users/${id}/roles`, { token, json: { roles: ["user"] } }),
    ],
    [
      "to act as a user",
      ({ access_token: token }, id) =>
        service.call("POST", `admin/users/${id}/impersonate`, { token, json: { reason: "Ticket 4711" } }),
    ],
  ];

  it.each(routes)("%s", async (_, act) => {
    const [by, user] = [await makeAdmin(service), await service.signUp()];
    const done = await act(by, user.user.id);
    expect(done.status).toBeLessThan(300);
    service.advance(16 * 60);
    const late = await act(by, user.user.id);
    expect(answer(late)).toEqual([401, "reauthentication_required"]);
    expect(late.headers.get("www-authenticate")).toContain(`acr_values="${acr.one}"`);
    expect(late.body.methods).toEqual(["password"]);
  });

  it.each(routes)("%s, and by two factors where they have a second", async (_, act) => {
    const [by, user] = [await makeAdmin(service), await service.signUp()];
    await giveFactors(service, by);
    const late = await act(by, user.user.id);
    expect(answer(late)).toEqual([401, "reauthentication_required"]);
    expect(late.headers.get("www-authenticate")).toContain(`acr_values="${acr.two}"`);
    expect(late.body.methods).toEqual(["totp", "passkey", "recovery_code"]);
    await service.database.query("update auth.sessions set acr = $2 where id = $1", [
      decodeJwt(by.access_token).sid,
      acr.two,
    ]);
    expect((await act(by, user.user.id)).status).toBeLessThan(300);
  });
});
