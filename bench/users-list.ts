import { performance } from "node:perf_hooks";
import { connectNodePostgres } from "../src/adapters/node-postgres.ts";
import { listUsers } from "../src/admin/list-users.ts";
import type { UserFilter } from "../src/admin/user-filter-queries.ts";
import type { Deps } from "../src/ports.ts";
import { createClient } from "../test/support/client.ts";
import { captureStatements, explain, scansOfUsers } from "../test/support/explain.ts";
import type { BenchDatabase } from "./database.ts";
import type { Server } from "./service.ts";

type Sort = Parameters<typeof listUsers>[2]["sort"];
type Case = { name: string; filter: UserFilter; sort: Sort; deep: boolean };
type Timed = Case & { path: string; times: number[]; rows: number; total: number; scans: number };

const limitMs = 50;
const sorts: Sort[] = ["created_at", "email", "name", "last_sign_in_at"].flatMap(
  (sort) => [sort, `-${sort}`] as Sort[],
);
const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();

/** What an operator would look for, each in every order. `umbrella`, `initech` and `beta` lie together in time. */
const filters: Record<string, UserFilter> = {
  all: {},
  "q: a name, 1.6 %": { q: "smith" },
  "q: one domain of 4,000": { q: "company4321" },
  "q: nobody": { q: "zzzzzz" },
  "q: everybody": { q: "example" },
  "q: 1 %, the newest": { q: "umbrella" },
  "q: 1 %, the oldest": { q: "initech" },
  "q: two letters": { q: "ad" },
  "q: no letters": { q: "---" },
  "role of 1 %": { role: "support" },
  "role of the newest 1 %": { role: "beta" },
  "role of 0.1 %": { role: "auditor" },
  "role of all": { role: "user" },
  suspended: { status: "suspended" },
  active: { status: "active" },
  verified: { verified: true },
  "not verified": { verified: false },
  "second factor": { mfa: true },
  "created in the last day": { created_after: daysAgo(1) },
  "created over 500 days ago": { created_before: daysAgo(500) },
  "seen in the last day": { seen_after: daysAgo(1) },
  "seen in the last 30 days": { seen_after: daysAgo(30) },
  "suspended, a name": { q: "smith", status: "suspended" },
};

/** Broad filters that few pass together, and searches that many pass: no index helps much. Told apart from the rest. */
const adverse: Record<string, UserFilter> = {
  "q: one letter": { q: "a" },
  "not verified, seen in 7 days": { verified: false, seen_after: daysAgo(7) },
  "role of 1 %, a name, three more": {
    q: "smith",
    role: "support",
    status: "active",
    verified: true,
    seen_after: daysAgo(200),
  },
  "seen late, created early: few": { created_before: daysAgo(1070), seen_after: daysAgo(300) },
  "role of the newest, created early: none": { role: "beta", created_before: daysAgo(500) },
};

/** Lists, filters and searches of the users over HTTP, all cases in turn, round after round. */
export async function benchLists(
  database: BenchDatabase,
  server: Server,
  options: { rounds: number },
): Promise<boolean> {
  const { db, close } = connectNodePostgres(database.url, () => undefined);
  const local = { ...server.deps, db } as Deps;
  const cases = casesOf(filters);
  const hard = casesOf(adverse);
  const timed: Timed[] = [];
  for (const each of [...cases, ...hard]) timed.push(await prepare(database, local, server, each));
  await close();
  const client = createClient((request) => fetch(request), server.origin);
  for (let round = 0; round <= options.rounds; round++) {
    for (const each of timed) {
      const startedAt = performance.now();
      const reply = await client.call<{ data: unknown[]; total_estimate: number }>("GET", each.path, {
        token: server.token,
      });
      const took = performance.now() - startedAt;
      if (reply.status !== 200) console.log(`  ${each.name}: ${reply.status} ${reply.text}`);
      if (round === 0) continue; // the first fills caches
      each.times.push(took);
      each.rows = reply.body.data?.length ?? 0;
      each.total = reply.body.total_estimate;
    }
  }
  console.log(`\n${options.rounds} rounds, ms over HTTP; total as the service told it\n`);
  const isFast = report(timed.slice(0, cases.length));
  console.log("\nAdverse mixes\n");
  report(timed.slice(cases.length));
  return isFast;
}

function casesOf(filters: Record<string, UserFilter>): Case[] {
  return Object.entries(filters).flatMap(([name, filter]) =>
    sorts.flatMap((sort) => {
      const each = { name: `${name} · ${sort}`, filter, sort, deep: false };
      // The last page is the last of everybody's, in each order: a million users away from the first.
      return name === "all" ? [each, { ...each, name: `${each.name} · last page`, deep: true }] : [each];
    }),
  );
}

/** The path of a case, and whether the plan of the statement it sends reads all users. */
async function prepare({ client }: BenchDatabase, local: Deps, server: Server, each: Case): Promise<Timed> {
  const query = async (text: string, values?: unknown[]) => (await client.query(text, values)).rows;
  const cursor = each.deep ? await server.cursorBeforeEnd(each.sort, each.filter) : undefined;
  const input = { filter: each.filter, sort: each.sort, limit: 20, cursor };
  const actor = { ...server.actor, permission: "users:read" } as const;
  let scans = 0;
  const sent = await captureStatements(local, (deps) => listUsers(deps, actor, input).catch(() => undefined));
  for (const statement of sent) scans += scansOfUsers(await explain(query, statement)).length;
  const parameters = new URLSearchParams({ sort: each.sort });
  for (const [key, value] of Object.entries(each.filter)) parameters.set(key, String(value));
  if (cursor) parameters.set("cursor", cursor);
  return { ...each, path: `admin/users?${parameters}`, times: [], rows: 0, total: 0, scans };
}

const quantile = (times: readonly number[], share: number) =>
  [...times].sort((a, b) => a - b)[Math.ceil(times.length * share) - 1] ?? 0;

function report(timed: readonly Timed[]): boolean {
  let isGood = true;
  for (const { name, times, rows, total, scans } of timed) {
    const [half, most] = [quantile(times, 0.5), quantile(times, 0.95)];
    isGood &&= most < limitMs && scans === 0;
    const remarks = `${most < limitMs ? "" : " SLOW"}${scans ? " SEQ SCAN" : ""}`;
    console.log(
      `${name.padEnd(58)} p50 ${half.toFixed(1).padStart(7)}  p95 ${most.toFixed(1).padStart(7)}  rows ${String(rows).padStart(3)}  total ${total}${remarks}`,
    );
  }
  for (const sort of sorts) {
    const of = (name: string) => timed.find((each) => each.name === name);
    const [first, last] = [of(`all · ${sort}`), of(`all · ${sort} · last page`)];
    if (!first || !last) continue;
    const ratio = quantile(last.times, 0.5) / quantile(first.times, 0.5);
    isGood &&= ratio <= 1.5;
    console.log(
      `last page : first page, ${sort.padEnd(18)} ${ratio.toFixed(2)}${ratio <= 1.5 ? "" : " OVER 1.5"}`,
    );
  }
  return isGood;
}
