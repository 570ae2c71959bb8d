import pg from "pg";
import { beforeAll, describe, expect, it } from "vitest";
import { type Account, freshEmail, freshIp, goodPassword } from "../support/client.ts";
import { heavy, inParallel } from "../support/heavy.ts";
import { useService } from "../support/service.ts";

const service = useService();
const day = 86_400;

type Day = Record<"sign_ups" | "sign_ins" | "failures" | "active_users" | "throttled", number> & {
  day: string;
};

let admin: Account;

beforeAll(async () => {
  admin = await service.signUp();
  await service.database.query("insert into auth.user_roles values ($1, 'admin')", [admin.user.id]);
});

/** A token that lives on the day it is asked for; its sign-in counts like any other. */
const operator = async () => (await service.logIn(admin.email)).body.access_token;

async function days(token = ""): Promise<Day[]> {
  const given = token || (await operator());
  const { status, body } = await service.call<{ days: Day[] }>("GET", "admin/stats", { token: given });
  expect(status).toBe(200);
  return body.days;
}

const today = async (token?: string) => (await days(token)).at(-1) as Day;

/** To the beginning of the next day, so that no test runs over midnight or into another's day. */
function toNextDay(): void {
  const now = service.deps.clock.now().getTime() / 1000;
  service.advance(Math.ceil(day - (now % day)) + 60);
}

const countEvents = async (action: string, date: string) => {
  const [row] = await service.database.query<{ count: number }>(
    `select count(*)::int from auth.audit_events
     where action = $1 and (occurred_at at time zone 'utc')::date = $2::date`,
    [action, date],
  );
  return row?.count;
};

describe("the statistics", () => {
  it("show 30 days, oldest first, today last, also those on which nothing happened", async () => {
    toNextDay();
    toNextDay();
    const shown = await days();
    expect(shown).toHaveLength(30);
    const now = service.deps.clock.now().getTime();
    const dates = Array.from({ length: 30 }, (_, i) =>
      new Date(now - (29 - i) * day * 1000).toISOString().slice(0, 10),
    );
    expect(shown.map((each) => each.day)).toEqual(dates);
    expect(shown[28]).toEqual({
      day: dates[28],
      sign_ups: 0,
      sign_ins: 0,
      failures: 0,
      active_users: 0,
      throttled: 0,
    });
  });

  it("count sign-ups, sign-ins by every way, refusals and who was active, each once", async () => {
    toNextDay();
    const one = await service.signUp();
    const two = await service.signUp();
    await service.logIn(one.email);
    await service.logIn(one.email, "Wrong-horse-7");
    await service.logIn(freshEmail(), "Wrong-horse-7");
    const asked = await service.call("POST", "auth/magic-link", { json: { email: two.email } });
    const { token } = await service.mailTo(two.email, "magic_link");
    const json = { flow_id: asked.body.flow_id, token };
    // Takes the unverified account over, which is no plain sign-in.
    expect((await service.call("POST", "auth/magic-link/verify", { json })).status).toBe(200);
    expect(await today()).toMatchObject({
      sign_ups: 2,
      sign_ins: 2,
      failures: 2,
      active_users: 3,
      throttled: 0,
    });
  });

  it("count a user as active once a day, by sign-in or by refresh, whichever comes first", async () => {
    const user = await service.signUp();
    let { refresh_token: refreshToken } = user;
    const other = (await service.logIn(user.email)).body;
    toNextDay();
    refreshToken = (await service.refresh(refreshToken)).body.refresh_token;
    await service.refresh(refreshToken);
    expect((await service.refresh(other.refresh_token)).status).toBe(200);
    await service.logIn(user.email);
    expect((await today()).active_users).toBe(2); // with the operator
    toNextDay();
    await service.logIn(user.email);
    const token = await operator();
    expect((await today(token)).active_users).toBe(2);
  });

  it("count a session that is repeated after midnight, when it was rotated before", async () => {
    const user = await service.signUp();
    const now = service.deps.clock.now().getTime() / 1000;
    service.advance(Math.ceil(day - (now % day)) - 5);
    await service.refresh(user.refresh_token);
    service.advance(15);
    const token = await operator();
    expect((await today(token)).active_users).toBe(1);
    expect((await service.refresh(user.refresh_token)).status).toBe(200);
    expect((await today(token)).active_users).toBe(2);
  });

  it("are exact when many sign in at once, and equal what the audit log holds", async () => {
    toNextDay();
    const count = heavy ? 200 : 40;
    const user = await service.signUp();
    const replies = await inParallel(count, (i) =>
      service.logIn(user.email, i % 4 === 0 ? "Wrong-horse-7" : goodPassword),
    );
    const people = await inParallel(10, () => service.signUp());
    await inParallel(40, (i) => service.refresh(people[i % 10]?.refresh_token ?? ""));
    const good = replies.filter(({ status }) => status === 200).length;
    const bad = replies.filter(({ status }) => status === 401).length;
    expect([good, bad]).toEqual([(count * 3) / 4, count / 4]);
    const token = await operator();
    const shown = await today(token);
    expect(shown).toMatchObject({ sign_ups: 11, sign_ins: good + 1, failures: bad, active_users: 12 });
    expect(await countEvents("account.created", shown.day)).toBe(shown.sign_ups);
    expect(await countEvents("login.succeeded", shown.day)).toBe(shown.sign_ins);
    expect(await countEvents("login.refused", shown.day)).toBe(shown.failures);
    const [spread] = await service.database.query<{ rows: number }>(
      "select count(*)::int as rows from auth.daily_counts where day = $1::date and metric = 'sign_ins'",
      [shown.day],
    );
    expect(spread?.rows).toBeGreaterThan(4);
  });

  it("count users active once when every one of their many sessions is new on the day, signed in at once", async () => {
    const user = await service.signUp();
    toNextDay();
    // The user is locked until all wait, so that none sees what another has written.
    const count = heavy ? 100 : 20;
    const holder = new pg.Client({ connectionString: service.database.url });
    await holder.connect();
    await holder.query("begin");
    await holder.query("select 1 from auth.users where id = $1 for update", [user.user.id]);
    const signedIn = inParallel(count, () => service.logIn(user.email));
    const waiting = async () =>
      (await holder.query("select 1 from pg_locks where not granted")).rows.length >= Math.min(count, 20);
    await expect.poll(waiting, { timeout: 3000, interval: 20 }).toBe(true);
    await holder.query("rollback");
    await holder.end();
    expect((await signedIn).map(({ status }) => status)).toEqual(Array(count).fill(200));
    expect((await today()).active_users).toBe(2);
  });

  it("count attempts over a limit, where no event is written, and none that never was one", async () => {
    toNextDay();
    const user = await service.signUp();
    const ip = freshIp();
    for (let i = 0; i < 10; i++) await service.logIn(user.email, "Wrong-horse-7", ip);
    const statuses = (await inParallel(7, () => service.logIn(user.email, goodPassword, ip))).map(
      ({ status }) => status,
    );
    expect(statuses).toEqual(Array(7).fill(429));
    const mails = Array.from({ length: 5 }, () => ({ json: { email: user.email } }));
    for (const mail of mails) await service.call("POST", "auth/password/forgot", mail);
    // A session that has ended makes no attempt at its own password.
    const ended = await service.signUp();
    await service.call("POST", "auth/logout", { token: ended.access_token });
    const json = { current_password: goodPassword, new_password: "Another-horse-8" };
    for (let i = 0; i < 12; i++) {
      const refused = await service.call("POST", "users/me/password", { token: ended.access_token, json });
      expect(refused.status).toBe(401);
    }
    const shown = await today();
    expect(shown).toMatchObject({ throttled: 7 + 2, failures: 10 });
    expect(await countEvents("login.refused", shown.day)).toBe(10);
  });

  it("are deleted by the sweep after 400 days", async () => {
    const count = async () =>
      (await service.database.query<{ n: number }>("select count(*)::int as n from auth.daily_counts"))[0]?.n;
    service.advance(390 * day);
    const { body } = await service.call<{ deleted: Record<string, number> }>("POST", "/dev/cron");
    expect(body.deleted.daily_counts).toBe(0);
    const before = await count();
    service.advance(20 * day);
    const later = await service.call<{ deleted: Record<string, number> }>("POST", "/dev/cron");
    expect(later.body.deleted.daily_counts).toBe(before);
    expect(await count()).toBe(0);
  });

  it("are for those with stats:read: an auditor, no plain user", async () => {
    const user = await service.signUp();
    const ask = () => service.call("GET", "admin/stats", { token: user.access_token });
    expect((await ask()).status).toBe(403);
    await service.database.query("insert into auth.user_roles values ($1, 'auditor')", [user.user.id]);
    expect((await ask()).status).toBe(200);
  });
});
