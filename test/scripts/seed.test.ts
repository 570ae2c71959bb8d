import { beforeAll, describe, expect, it } from "vitest";
import { testEnvironment } from "../support/environment.ts";
import { makeAdmin } from "../support/operators.ts";
import { type Ended, runScript } from "../support/script.ts";
import { startService, useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

const count = 150;
const environmentOf = (url: string, more: Record<string, string> = {}) => ({
  ...testEnvironment({ DATABASE_URL: url }),
  ...more,
});
const seed = (args = [`--users=${count}`], more: Record<string, string> = {}) =>
  runScript("seed", args, { environment: environmentOf(service.database.url, more) });

const one = async (text: string) => (await service.database.query<{ n: number }>(text))[0]?.n;
const tables =
  "users user_roles sessions devices totp_factors passkeys recovery_codes outbox audit_events api_keys clients";
const sizes = async () =>
  Promise.all(
    tables.split(" ").map(async (name) => [name, await one(`select count(*)::int n from auth.${name}`)]),
  );

describe("npm run seed", { timeout: 60_000 }, () => {
  let ended: Ended;
  beforeAll(async () => {
    ended = await seed();
  });

  it("makes a demo, and says how to come in, for there is no password", async () => {
    expect([ended.status, ended.stderr.replace(/^\d+ rows, \d+ a second$/gm, "").trim()]).toEqual([0, ""]);
    expect(ended.stdout).toContain(`${count} users`);
    expect(ended.stdout).toContain("npm run admin:create");
    expect(await one("select count(*)::int n from auth.users")).toBe(count);
    expect(await one("select count(*)::int n from auth.user_roles where role = 'admin'")).toBe(0);
    expect(await one("select count(*)::int n from auth.users where email !~ '@example\\.(com|org)$'")).toBe(
      0,
    );
    for (const kind of ["status = 'suspended'", "not email_verified", "has_totp", "passkeys > 0"]) {
      expect([kind, await one(`select count(*)::int n from auth.users where ${kind}`)]).not.toEqual([
        kind,
        0,
      ]);
    }
    const [{ email } = { email: "" }] = await service.database.query<{ email: string }>(
      "select email from auth.users order by id limit 1",
    );
    for (const guess of ["", "password", "Correct-horse-7", email]) {
      expect([401, 422]).toContain((await service.logIn(email, guess)).status);
    }
  });

  it("keeps what the tables promise one another", async () => {
    const broken = {
      "passkeys are counted": `select count(*)::int n from auth.users u where passkeys <> (select count(*) from auth.passkeys p where p.user_id = u.id)`,
      "apps are marked": `select count(*)::int n from auth.users u where has_totp <> exists (select 1 from auth.totp_factors f where f.user_id = u.id and confirmed_at is not null)`,
      "codes go with factors": `select count(*)::int n from auth.recovery_codes c join auth.users u on u.id = c.user_id where not (has_totp or passkeys > 0)`,
      "sessions begin after their users": `select count(*)::int n from auth.sessions s join auth.users u on u.id = s.user_id where s.created_at < u.created_at`,
      "two factors hang on one": `select count(*)::int n from auth.sessions s where (acr = 'urn:gatehouse:acr:2') <> (factor_id is not null) or factor_id is not null
        and not exists (select 1 from auth.passkeys p where p.id = factor_id and p.user_id = s.user_id)
        and not exists (select 1 from auth.totp_factors f where f.id = factor_id and f.user_id = s.user_id)`,
      "the suspended are out": `select count(*)::int n from auth.sessions s join auth.users u on u.id = s.user_id where status = 'suspended' and ended_at is null and s.epoch = u.security_epoch`,
      "nothing is of the future": `select count(*)::int n from auth.audit_events where occurred_at > now()`,
      "every event has details": `select count(*)::int n from auth.audit_events e where not exists (select 1 from auth.audit_details d where d.event_id = e.id and d.occurred_at = e.occurred_at)`,
      "no month fell through": `select count(*)::int n from auth.audit_events_default`,
      "no mail waits": `select count(*)::int n from auth.outbox where state in ('pending', 'sending')`,
      "addresses are nobody's": `select count(*)::int n from auth.sessions where not (ip::inet <<= any('{192.0.2.0/24,198.51.100.0/24,203.0.113.0/24,2001:db8::/32}'::inet[]))`,
    };
    for (const [promise, text] of Object.entries(broken)) {
      expect([promise, await one(text)]).toEqual([promise, 0]);
    }
    expect(await one("select count(*)::int n from auth.outbox where state = 'dead'")).toBeGreaterThan(0);
  });

  it("shows days on which people work, and counts what the events say", async () => {
    const [days] = await service.database.query<{ workday: number; weekend: number }>(
      `select (sum(n) filter (where dow not in (0, 6)) / 5)::float workday, (sum(n) filter (where dow in (0, 6)) / 2)::float weekend
       from (select extract(dow from occurred_at at time zone 'utc') dow, count(*) n from auth.audit_events
         where action = 'login.succeeded' group by 1) d`,
    );
    expect((days?.workday ?? 0) / (days?.weekend ?? 1)).toBeGreaterThan(1.5);
    const differing = await service.database.query(
      `select * from (
         select (occurred_at at time zone 'utc')::date as day, case action when 'account.created' then 'sign_ups'
           when 'login.succeeded' then 'sign_ins' else 'failures' end as metric, count(*)::int as n
         from auth.audit_events where action in ('account.created', 'login.succeeded', 'login.refused')
           and request_id like 'demo-%' group by 1, 2) e
       full join (select day, metric, sum(count)::int as n from auth.daily_counts
         where metric in ('sign_ups', 'sign_ins', 'failures') group by 1, 2) c using (day, metric)
       where e.n is distinct from c.n and day < (now() at time zone 'utc')::date`,
    );
    expect(differing).toEqual([]);
    const admin = await makeAdmin(service);
    const { body } = await service.call<{ days: Record<string, number>[] }>("GET", "admin/stats", {
      token: admin.access_token,
    });
    expect(body.days).toHaveLength(30);
    for (const day of body.days.slice(1, -1)) {
      expect(day.active_users).toBeGreaterThan(0);
      expect(day.sign_ins).toBeGreaterThan(0);
    }
  });

  it("leaves an audit log that verifies, sealed, and that the service goes on with", async () => {
    await service.call("POST", "/dev/cron");
    const environment = environmentOf(service.database.url);
    const verified = await runScript("audit-verify", [], { environment });
    expect([verified.status, verified.stderr.includes("altered")]).toEqual([0, false]);
    const line = JSON.parse(verified.stdout);
    expect(line.windows).toBeGreaterThan(5);
    expect(line.events).toBeGreaterThan(count);
    expect(line.finding).toBeUndefined();
  });

  it("changes nothing when it is there already", async () => {
    const before = await sizes();
    const again = await seed();
    expect([again.status, again.stdout]).toEqual([0, expect.stringContaining("there already")]);
    expect(await sizes()).toEqual(before);
  });

  it("makes the same people every time", async () => {
    const other = await startService();
    try {
      const environment = environmentOf(other.database.url);
      expect((await runScript("seed", [`--users=${count}`], { environment })).status).toBe(0);
      const people =
        "select email, name, status, has_totp, passkeys from auth.users where app_metadata ? 'demo' order by email";
      expect(await other.database.query(people)).toEqual(await service.database.query(people));
    } finally {
      await other.close();
    }
  });

  it("is refused in production, on another machine's database, and behind a seal", async () => {
    const refused = [
      seed(undefined, { ENVIRONMENT: "production" }),
      seed(undefined, { ENVIRONMENT: "" }),
      seed(undefined, { DATABASE_URL: "postgresql://gatehouse@db.example.com/gatehouse" }),
      seed(["--users=many"]),
      seed(["--unknown"]),
    ];
    for (const each of await Promise.all(refused)) expect([each.status, each.stdout]).toEqual([1, ""]);
    const other = await startService();
    try {
      await other.signUp();
      other.advance(1000);
      await other.call("POST", "/dev/cron");
      const environment = environmentOf(other.database.url);
      const late = await runScript("seed", [`--users=${count}`], { environment });
      expect([late.status, late.stderr]).toEqual([1, expect.stringContaining("sealed already")]);
      expect(await other.database.query("select 1 from auth.users")).toHaveLength(1);
    } finally {
      await other.close();
    }
  });
});
