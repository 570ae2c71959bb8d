import { withDeps } from "../scripts/deps.ts";
import { parseConfig } from "../src/config.ts";
import { explain, type Statement } from "../test/support/explain.ts";
import { type BenchPostgres, connectClient, startBenchPostgres } from "./database.ts";
import { captureAll } from "./load/captured.ts";
import { benchEnvironment, exercisesOf, prepareAccounts, startOnNode } from "./load/gatehouse.ts";
import { contenderOf, measure, quantile } from "./load/measure.ts";
import { type Promised, reportHead, reportOperation, reportPromises } from "./load/report.ts";
import type { Operation, Target } from "./load/target.ts";
import { seedSessions } from "./seed-sessions.ts";
import { seedUpTo } from "./seed-users.ts";

/** Two at a time, so that what is measured is how long an answer takes and not how many wait. */
const connections = 2;
const grown = ["me", "refresh", "list", "login"] as const satisfies Operation[];
const most = 1.2;
const fewUsers = 1000;

type Size = { readonly name: string; readonly users: number; readonly sessions?: number };

const sizes = (count: number, sessions: number): Size[] => [
  { name: "1,000 users", users: fewUsers },
  { name: "100,000 users", users: 100_000 },
  { name: `${count.toLocaleString("en")} users`, users: count },
  { name: `${sessions.toLocaleString("en")} sessions`, users: 100_000, sessions },
];

/**
 * The same requests to services on databases of several sizes, in turn: whether an answer takes longer where there is more, and
 * whether any statement reads a table from first to last.
 */
export async function benchGrowth({ quick, count }: { quick: boolean; count: number }): Promise<boolean> {
  const postgres = await startBenchPostgres();
  const client = await connectClient(await postgres.database("postgres", "of others"));
  const targets: Target[] = [];
  const promises: Promised[] = [];
  try {
    for (const size of sizes(count, quick ? 1_000_000 : 10_000_000)) {
      const { target, scans } = await prepare(postgres, size);
      targets.push(target);
      if (size.users <= fewUsers) continue; // there a table may be a page, which is best read whole
      promises.push({ what: `sequential scans with ${size.name}`, value: scans.length, most: 0 });
      for (const scan of scans) console.log(`${size.name}: ${scan}`);
    }
    const latencies = new Map<string, number>();
    reportHead();
    for (const operation of grown) {
      const isHashed = operation === "login";
      const plan = { rounds: quick ? 4 : 10, sliceMs: isHashed ? 3000 : 1500, warmUpMs: 2000, connections };
      const contenders = targets.flatMap((target) => contenderOf(target, operation, connections));
      const measured = await measure(contenders, { pid: postgres.pid, client }, plan);
      reportOperation(operation, measured);
      for (const each of measured) latencies.set(`${operation} ${each.name}`, quantile(each.latencies, 0.5));
    }
    for (const operation of grown) {
      const of = ({ name }: Target) => latencies.get(`${operation} ${name}`) ?? Number.NaN;
      const [few, ...others] = targets as [Target, ...Target[]];
      for (const other of others) {
        promises.push({
          what: `${operation}, ${other.name} to ${few.name}`,
          value: of(other) / of(few),
          most,
        });
      }
    }
    console.log();
    return reportPromises(promises);
  } finally {
    for (const target of targets) await target.stop();
    await client.end();
    await postgres.stop();
  }
}

/** A service on a database of that size, and what the statements of the operations read from first to last there. */
async function prepare(postgres: BenchPostgres, size: Size): Promise<{ target: Target; scans: string[] }> {
  const name = size.sessions ? `sessions_${size.sessions}` : `users_${size.users}`;
  const url = await postgres.database(name);
  await seedUpTo(url, size.users);
  if (size.sessions) await seedSessions(url, size.sessions);
  const environment = benchEnvironment(url);
  const server = await startOnNode(`gatehouse-${name}`, environment);
  const prepared = await prepareAccounts(server.origin, url);
  const exercises = await exercisesOf(server.origin, prepared);
  const { statements } = await withDeps(parseConfig(environment), (deps) => captureAll(deps, prepared));
  const scans = await scansOf(url, Object.values(statements).flat());
  return { target: { name: size.name, ...server, exercises }, scans };
}

/** Tables that are small whatever happens may be read from first to last; so may any by a part that is not run. */
async function scansOf(url: string, statements: readonly Statement[]): Promise<string[]> {
  const client = await connectClient(url);
  const query = async (text: string, values?: unknown[]) => (await client.query(text, values)).rows;
  const large = await query("select relname from pg_class where relkind = 'r' and reltuples > 10000");
  const names = large.map(({ relname }) => String(relname)).join("|");
  const scans: string[] = [];
  for (const mode of ["force_custom_plan", "force_generic_plan"]) {
    await query(`set plan_cache_mode = ${mode}`);
    for (const statement of statements) {
      const plan = await explain(query, statement);
      scans.push(...plan.split("\n").filter((line) => new RegExp(`Seq Scan on (${names})\\b`).test(line)));
    }
  }
  await client.end();
  return scans;
}
