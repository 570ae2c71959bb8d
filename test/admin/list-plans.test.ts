import { sql } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { seedPeople } from "../../bench/people.ts";
import { connectNodePostgres } from "../../src/adapters/node-postgres.ts";
import { readBatch } from "../../src/admin/export-queries.ts";
import { listUsers } from "../../src/admin/list-users.ts";
import type { UserFilter } from "../../src/admin/user-filter-queries.ts";
import type { SessionId, UserId } from "../../src/ids.ts";
import { type Account, freshIp } from "../support/client.ts";
import { captureStatements, explain, scansOfUsers } from "../support/explain.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });
const count = 20_000;

let admin: Account;
let actor: Parameters<typeof listUsers>[1];

beforeAll(async () => {
  admin = await service.signUp();
  const { database } = service;
  await database.query("insert into auth.user_roles values ($1, 'admin')", [admin.user.id]);
  const [session] = await database.query<{ id: SessionId }>("select id from auth.sessions");
  actor = {
    userId: admin.user.id as UserId,
    sessionId: session?.id as SessionId,
    permission: "users:read",
  };
  await seedPeople((text, values) => database.query(text, values), count);
});

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();

const filters: UserFilter[] = [
  {},
  { q: "smith" },
  { q: "example" },
  { q: "zzzzzz" },
  { q: "umbrella" },
  { q: "a" },
  { q: "---" },
  { q: "0199a1b2-0000-7000-8000-000000000000" },
  { role: "support" },
  { role: "user" },
  { role: "nobody" },
  { status: "suspended" },
  { status: "active" },
  { verified: true },
  { verified: false },
  { mfa: true },
  { mfa: false },
  { created_after: daysAgo(1) },
  { created_after: daysAgo(500) },
  { created_before: daysAgo(500) },
  { seen_after: daysAgo(1) },
  { seen_after: daysAgo(300) },
  { q: "smith", role: "support", status: "active", verified: true, seen_after: daysAgo(200) },
  { role: "beta", created_before: daysAgo(500) },
  { verified: false, seen_after: daysAgo(7), status: "active", created_after: daysAgo(900) },
];

const sorts = ["created_at", "email", "name", "last_sign_in_at"].flatMap((sort) => [
  sort,
  `-${sort}`,
]) as Parameters<typeof listUsers>[2]["sort"][];

const query = (text: string, values?: unknown[]) => service.database.query(text, values);

describe(`the plans of lists over ${count} users`, () => {
  it.each(sorts)("never read all users, by %s, on the first page and the next", async (sort) => {
    for (const filter of filters) {
      let cursor: string | undefined;
      const sent = await captureStatements(service.deps, async (deps) => {
        const page = await listUsers(deps, actor, { filter, sort, limit: 5, cursor });
        cursor = page.next_cursor ?? undefined;
        if (cursor) await listUsers(deps, actor, { filter, sort, limit: 5, cursor });
      });
      expect(sent).toHaveLength(cursor ? 2 : 1);
      for (const statement of sent) {
        const plan = await explain(query, statement);
        expect(plan).toMatch(/Index|Bitmap/);
        expect([filter, scansOfUsers(plan)]).toEqual([filter, []]);
      }
    }
  });

  it.each(sorts)("look those with a second factor up in their own index, by %s", async (sort) => {
    const [statement] = await captureStatements(service.deps, (deps) =>
      listUsers(deps, actor, { filter: { mfa: true }, sort, limit: 5, cursor: undefined }),
    );
    expect(await explain(query, statement ?? { text: "", params: [] })).toMatch(/ users_with_factors\b/);
  });

  it("look what is in the middle of a name up by its trigrams", async () => {
    const [statement] = await captureStatements(service.deps, (deps) =>
      listUsers(deps, actor, { filter: { q: "mith" }, sort: "email", limit: 5, cursor: undefined }),
    );
    expect(await explain(query, statement ?? { text: "", params: [] })).toMatch(/ users_search\b/);
  });

  it("of everybody are made once and for all, since none for the values at hand is better", async () => {
    const { db, close } = connectNodePostgres(service.database.url, () => undefined);
    const page = { filter: {}, sort: "-created_at", limit: 20, cursor: undefined } as const;
    for (let i = 0; i < 8; i++) await listUsers({ ...service.deps, db }, actor, page);
    const { rows } = await db.execute<{ generic_plans: string }>(
      sql`select generic_plans from pg_prepared_statements where statement like 'with principal%estimated_users%'`,
    );
    await close();
    expect(rows.map(({ generic_plans: plans }) => Number(plans))).toEqual([3]);
  });

  it("of the export go by the primary key", async () => {
    const operator = { ...actor, permission: "users:export" } as const;
    const caller = { ip: freshIp(), network: "", userAgent: null, place: null, requestId: "plans-1" };
    const [, statement] = await captureStatements(service.deps, async (deps) => {
      const first = await readBatch(deps, caller, operator, { after: undefined, size: 1000 });
      await readBatch(deps, caller, operator, { after: first.at(-1)?.id, size: 1000 });
    });
    const plan = await explain(query, statement ?? { text: "", params: [] });
    expect(plan).toMatch(/Index Scan using users_pkey on users/);
    expect(scansOfUsers(plan)).toEqual([]);
  });

  it("are made for as many users as there are, also when a crash has emptied the running statistics", async () => {
    await query("select pg_stat_reset()");
    const [row] = await service.database.query<{ users: number }>("select auth.estimated_users() as users");
    expect(row?.users).toBeGreaterThan(count * 0.9);
  });

  it("would be caught reading all users", async () => {
    const planted = { text: "select count(*) from auth.users u where u.locale is null", params: [] };
    expect(scansOfUsers(await explain(query, planted))).not.toEqual([]);
  });
});

describe("the pages of a list", () => {
  // What matches lies together in time and in the order of names: at one end, at the other, and in between.
  it.each([
    ["q=umbrella", "u.email like '%umbrella%'", "created_at", "u.created_at"],
    ["q=umbrella", "u.email like '%umbrella%'", "-name", "lower(coalesce(u.name, '')) collate \"C\" desc"],
    ["role=beta", "u.email like '%umbrella%'", "email", 'u.email_key collate "C"'],
    ["q=wei", "u.email like '%wei%'", "name", "lower(coalesce(u.name, '')) collate \"C\""],
    ["verified=true", "u.email_verified", "created_at", "u.created_at"],
  ])("of %s hold exactly those that match, in order", async (filter, condition, sort, order) => {
    const expected = await service.database.query<{ id: string }>(
      `select id from auth.users u where ${condition} order by ${order}, id ${order.endsWith("desc") ? "desc" : ""} limit 300`,
    );
    const found: string[] = [];
    for (let cursor: string | null = ""; cursor !== null && found.length < 300; ) {
      const path: string = `admin/users?${filter}&sort=${sort}&limit=60${cursor && `&cursor=${cursor}`}`;
      const { body } = await service.call<{ data: { id: string }[]; next_cursor: string | null }>(
        "GET",
        path,
        {
          token: admin.access_token,
        },
      );
      found.push(...body.data.map(({ id }) => id));
      cursor = body.next_cursor;
    }
    expect(expected.length).toBeGreaterThan(150);
    expect(found).toEqual(expected.map(({ id }) => id));
  });
});

describe("the total of a list", () => {
  it.each([
    ["of everybody", {}, "true"],
    ["of most", { verified: true }, "u.email_verified"],
    ["of a fourth", { created_before: daysAgo(800) }, "u.created_at < now() - interval '800 days'"],
    ["of those with a role of all", { role: "user" }, "true"],
  ] as const)("is near the truth where it is an estimate, %s", async (_, filter, condition) => {
    const page = await listUsers(service.deps, actor, { filter, sort: "email", limit: 1, cursor: undefined });
    const [truth] = await service.database.query<{ n: number }>(
      `select count(*)::int as n from auth.users u where ${condition}`,
    );
    // What is created together lies together, and a sample of pages judges it by less.
    expect(page.total_estimate / (truth?.n ?? 0)).toBeGreaterThan(0.6);
    expect(page.total_estimate / (truth?.n ?? 0)).toBeLessThan(1.6);
  });

  it("is exact up to a thousand", async () => {
    const { database } = service;
    for (const days of [30, 50, 54]) {
      const filter = { created_after: daysAgo(days) };
      const page = await listUsers(service.deps, actor, {
        filter,
        sort: "email",
        limit: 1,
        cursor: undefined,
      });
      const [truth] = await database.query<{ n: number }>(
        "select count(*)::int as n from auth.users where created_at > $1",
        [filter.created_after],
      );
      expect(page.total_estimate).toBe(truth?.n);
    }
  });
});

describe("the plans of searches", () => {
  it("never read all users where there are no trigrams to search by", async () => {
    await query("drop extension pg_trgm cascade");
    for (const q of ["smith", "a", "---"]) {
      const [statement] = await captureStatements(service.deps, (deps) =>
        listUsers(deps, actor, { filter: { q }, sort: "name", limit: 5, cursor: undefined }),
      );
      const plan = await explain(query, statement ?? { text: "", params: [] });
      expect([q, scansOfUsers(plan)]).toEqual([q, []]);
    }
  });
});

describe("how many there are after most were deleted", () => {
  it("is what a page holds that is not full, before PostgreSQL knows", async () => {
    await query(
      "delete from auth.users where id not in (select id from auth.users order by (id = $1) desc limit 7)",
      [admin.user.id],
    );
    const page = { filter: {}, sort: "-created_at", limit: 20, cursor: undefined } as const;
    expect((await listUsers(service.deps, actor, page)).total_estimate).toBe(7);
  });
});
