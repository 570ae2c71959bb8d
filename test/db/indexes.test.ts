import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { maintainInTurn } from "../../src/maintenance/maintain.ts";
import type { Account } from "../support/client.ts";
import { exchanges, prepare } from "../support/exchanges.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

let admin: Account;
let user: Account;
let used: Set<string>;

const routes = exchanges(service, { admin: () => admin, user: () => user });

const userSorts = ["created_at", "email", "name", "last_sign_in_at"];

const filtered = [
  ...userSorts.flatMap((sort) => [`users?sort=${sort}`, `users?q=smith&sort=${sort}`]),
  ..."status=suspended verified=false mfa=true role=admin q=a".split(" ").map((filter) => `users?${filter}`),
  ...["actor", "subject"].map((who) => `audit-events?${who}=0199a1b2-0000-7000-8000-000000000000`),
  ..."action=session.created outcome=denied ip=127.0.0.1"
    .split(" ")
    .map((filter) => `audit-events?${filter}`),
];

/** Every statement of every route, list and sweep. */
beforeAll(async () => {
  admin = await service.signUp();
  await service.database.query("insert into auth.user_roles values ($1, 'admin')", [admin.user.id]);
  for (const route of Object.entries(routes)) {
    user = await service.signUp();
    await (await prepare(service, route, user)).ask();
  }
  for (const path of filtered) {
    const { status } = await service.call("GET", `admin/${path}`, { token: admin.access_token });
    expect([path, status]).toEqual([path, 200]);
  }
  await maintainInTurn(service.deps);
  used = await indexesUsedBy(new Set(service.statements));
}, 60_000);

/** By their plans for any values, in a database that holds next to nothing, where a table may not be read from first to last. */
async function indexesUsedBy(statements: Iterable<string>): Promise<Set<string>> {
  const { database } = service;
  const names = new Set<string>();
  await database.query("set enable_seqscan = off");
  for (const text of statements) {
    for (const row of await database.query(`explain (generic_plan, costs off) ${text}`)) {
      const [, name] = /(?:using|Bitmap Index Scan on) (\w+)/.exec(String(row["QUERY PLAN"])) ?? [];
      if (name) names.add(name);
    }
  }
  return names;
}

/** Those of the audit log are told by its months, in which they are looked up. */
const indexes = `
  select coalesce(p.inhparent, i.indexrelid)::regclass::text as name, i.indisunique as is_unique,
    array_agg(c.relname::text) as parts
  from pg_index i join pg_class c on c.oid = i.indexrelid left join pg_inherits p on p.inhrelid = i.indexrelid
  where c.relnamespace = 'auth'::regnamespace and c.relkind = 'i' group by 1, 2 order by 1`;

type Index = { name: string; is_unique: boolean; parts: string[] };

describe("an index", () => {
  it("is there for a statement that goes by it, or for what must be unique", async () => {
    const all = await service.database.query<Index>(indexes);
    expect(all.length).toBeGreaterThan(40);
    const idle = all.filter(({ is_unique, parts }) => !is_unique && !parts.some((part) => used.has(part)));
    // Among a few users that of the order is as good for a search: list-plans.test.ts shows it among many.
    expect(idle.map(({ name }) => name)).toEqual(["auth.users_search"]);
  });

  it("is in the list, with what asks for it, and no other is", async () => {
    const all = await service.database.query<Index>(indexes);
    const listed = readFileSync("docs/indexes.md", "utf8").matchAll(/^\| `(\w+)` \|/gm);
    expect([...listed].map(([, name]) => name).sort()).toEqual(
      all.map(({ name }) => name.replace("auth.", "")).sort(),
    );
  });

  it("without a statement would be noticed", async () => {
    await service.database.query("create index planted on auth.users (updated_at)");
    const all = await service.database.query<Index>(indexes);
    const planted = all.find(({ name }) => name === "auth.planted");
    expect(planted?.parts.some((part) => used.has(part))).toBe(false);
  });
});
