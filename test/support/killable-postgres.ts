import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import pg from "pg";
import { migrate } from "../../scripts/migrations.ts";
import { freePort, type Postgres, startPostgres } from "../../scripts/postgres.ts";

export type KillablePostgres = {
  readonly url: string;
  /** SIGKILL for every process of it, as by a machine that loses its power. */
  kill(): Promise<void>;
  /** Starts it again on what the disk holds. */
  restart(): Promise<void>;
  query<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  remove(): Promise<void>;
};

/** A PostgreSQL of its own, with a migrated database, that commits for good: with the settings of production. */
export async function startKillablePostgres(): Promise<KillablePostgres> {
  const folder = `.gatehouse/killed-${process.pid}`;
  const port = await freePort();
  const start = () => startPostgres({ folder, port, password: "test", flags: ["max_connections=100"] });
  let postgres: Postgres = await start();
  const url = postgres.url("gatehouse");
  const run = async <Row extends pg.QueryResultRow>(at: string, text: string, values?: unknown[]) => {
    const client = new pg.Client({ connectionString: at });
    await client.connect();
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end();
    }
  };
  await run(postgres.url("postgres"), "create database gatehouse");
  await migrate(url);
  return {
    url,
    query: (text, values) => run(url, text, values),
    kill: async () => {
      const [pid = ""] = readFileSync(`${postgres.folder}/data/postmaster.pid`, "utf8").split("\n");
      const all = [Number(pid), ...childrenOf(pid)];
      for (const each of all) signal(each, "SIGKILL");
      while (all.some((each) => signal(each, 0))) await new Promise((wake) => setTimeout(wake, 5));
    },
    restart: async () => {
      postgres = await start();
    },
    remove: async () => {
      await postgres.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function childrenOf(pid: string): number[] {
  const listed = `/proc/${pid}/task/${pid}/children`;
  const text = existsSync(listed)
    ? readFileSync(listed, "utf8")
    : execFileSync("pgrep", ["-P", pid], { encoding: "utf8" });
  return text.split(/\s+/).filter(Boolean).map(Number);
}

/** Whether there is such a process, which has not ended and waits to be looked at. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, name);
    return !existsSync("/proc") || !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
