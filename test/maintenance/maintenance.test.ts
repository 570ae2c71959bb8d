import { describe, expect, it } from "vitest";
import { maintainInTurn } from "../../src/maintenance/maintain.ts";
import { freshEmail } from "../support/client.ts";
import { countFactors, giveFactors } from "../support/given-factors.ts";
import { inParallel } from "../support/heavy.ts";
import { useService } from "../support/service.ts";

const service = useService();
const day = 86_400;

const cron = async () =>
  (await service.call<{ deleted: Record<string, number> }>("POST", "/dev/cron")).body.deleted;

const countOf = async (table: string) => {
  const [row] = await service.database.query<{ count: number }>(`select count(*)::int from auth.${table}`);
  return row?.count;
};

describe("the work of every minute", () => {
  it("deletes what has no more use, and nothing else", async () => {
    const { email, access_token: token } = await service.signUp();
    await service.call("POST", "auth/password/forgot", { json: { email } });
    await service.mailsTo(email);
    const windows = await countOf("throttle_windows");
    expect(await cron()).toEqual({
      throttle_windows: 0,
      sessions: 0,
      devices: 0,
      outbox: 0,
      totp_factors: 0,
      trusted_devices: 0,
      spent_challenges: 0,
      api_keys: 0,
      revocations: 0,
      import_runs: 0,
      daily_counts: 0,
    });
    expect((await service.call("GET", "users/me", { token })).status).toBe(200);

    service.advance(2 * day);
    expect(await cron()).toMatchObject({ throttle_windows: windows, sessions: 0, outbox: 2 });
    service.advance(98 * day);
    expect(await cron()).toMatchObject({ sessions: 1, devices: 1 });
    const tables = ["throttle_windows", "sessions", "devices", "outbox"];
    expect(await Promise.all(tables.map(countOf))).toEqual([0, 0, 0, 0]);
    expect(await countOf("users")).toBe(1);
    expect((await service.logIn(email)).status).toBe(200);
  });

  it("keeps what is still of use: live sessions, open invitations, mail that has to go out", async () => {
    const admin = await service.signUp();
    await service.database.query("insert into auth.user_roles values ($1, 'admin')", [admin.user.id]);
    const email = freshEmail();
    await service.call("POST", "admin/invitations", { token: admin.access_token, json: { email } });
    const { token: invitation } = await service.mailTo(email, "invitation");
    let { refresh_token: refreshToken } = await service.signUp();
    for (let i = 0; i < 6; i++) {
      service.advance(day);
      refreshToken = (await service.refresh(refreshToken)).body.refresh_token;
    }
    await cron();
    const json = { email, password: "Correct-horse-7", invitation };
    expect((await service.call("POST", "auth/signup", { json })).status).toBe(201);
    for (let i = 0; i < 5; i++) {
      service.advance(6 * day);
      refreshToken = (await service.refresh(refreshToken)).body.refresh_token;
      await cron();
    }
    expect((await service.refresh(refreshToken)).status).toBe(200);

    await service.database.query(
      `insert into auth.outbox (id, kind, state, email, email_key, due_at, created_at)
      select gen_random_uuid(), 'new_device', s, $1, $1, now() + interval '900 days', now() + $2::int * interval '1 second' - interval '20 days'
      from unnest('{pending,sending,dead}'::text[]) s`,
      [freshEmail(), service.deps.clock.offsetSeconds],
    );
    const before = await countOf("outbox where due_at > now() + interval '800 days'");
    await cron();
    expect(await countOf("outbox where due_at > now() + interval '800 days'")).toBe(before);
  });

  it("deletes what is left of second steps: answered challenges, trust that ran out, apps not confirmed", async () => {
    const [confirmed, pending] = [await service.signUp(), await service.signUp()];
    for (const account of [confirmed, pending]) await giveFactors(service, account);
    const { database, deps } = service;
    const now = new Date(deps.clock.now().getTime());
    await database.query(
      "update auth.trusted_devices set expires_at = $1::timestamptz + interval '30 days'",
      [now],
    );
    await database.query("update auth.totp_factors set created_at = $1", [now]);
    await database.query("update auth.totp_factors set confirmed_at = null where user_id = $1", [
      pending.user.id,
    ]);
    await database.query(
      "insert into auth.spent_challenges select gen_random_uuid(), $1::timestamptz + interval '5 minutes'",
      [now],
    );
    const none = { totp_factors: 0, trusted_devices: 0, spent_challenges: 0 };
    expect(await cron()).toMatchObject(none);
    service.advance(day - 60);
    expect(await cron()).toMatchObject(none);
    service.advance(120);
    expect(await cron()).toMatchObject({ ...none, totp_factors: 1 });
    service.advance(300);
    expect(await cron()).toMatchObject({ ...none, spent_challenges: 1 });
    service.advance(29 * day);
    expect(await cron()).toMatchObject({ ...none, trusted_devices: 2 });
    expect(await countFactors(service, confirmed)).toBe(4);
    expect(await countFactors(service, pending)).toBe(3);
  });

  it("keeps a session that was ended for 90 days, so that its end can be looked at", async () => {
    const { access_token: token, user } = await service.signUp();
    await service.call("POST", "auth/logout", { token });
    const left = () => countOf(`sessions where user_id = '${user.id}'`);
    service.advance(89 * day);
    await cron();
    expect(await left()).toBe(1);
    service.advance(2 * day);
    await cron();
    expect(await left()).toBe(0);
  });

  it("goes on over many rows in bounded batches", async () => {
    await service.database.query(
      `insert into auth.throttle_windows select 'old' || i, 1, now() - interval '1 day' from generate_series(1, 2500) i`,
    );
    const before = service.statements.length;
    const deleted = await cron();
    expect(deleted.throttle_windows).toBeGreaterThanOrEqual(2500);
    const batches = service.statements.slice(before).filter((text) => text.includes("throttle_windows"));
    expect(batches).toHaveLength(3);
  });

  it("is done once by ten processes that wake up together", async () => {
    await service.signUp({ email: freshEmail() });
    service.advance(120);
    const before = service.statements.length;
    await inParallel(10, () => maintainInTurn(service.deps));
    const sweeps = service.statements.slice(before).filter((text) => text.includes("auth.devices"));
    expect(sweeps).toHaveLength(1);
    await maintainInTurn(service.deps);
    expect(service.statements.slice(before).filter((text) => text.includes("auth.devices"))).toHaveLength(1);
    service.advance(60);
    await maintainInTurn(service.deps);
    expect(service.statements.slice(before).filter((text) => text.includes("auth.devices"))).toHaveLength(2);
  });
});
