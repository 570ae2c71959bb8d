import type pg from "pg";
import { cpuSeconds } from "../processes.ts";
import { connect, drive } from "./loop.ts";
import type { Operation, Target } from "./target.ts";

export type Plan = {
  readonly rounds: number;
  readonly sliceMs: number;
  readonly warmUpMs: number;
  readonly connections: number;
};

/** Whoever takes part: does one operation for as long as it is told, and says how long each took, in ms. */
export type Contender = {
  readonly name: string;
  readonly pid: number;
  run(ms: number): Promise<{ seconds: number; latencies: readonly number[] }>;
  close(): Promise<void>;
};

/** What one did of one operation, over all rounds. */
export type Measured = {
  readonly name: string;
  /** Requests a second, of each round. */
  readonly rates: number[];
  /** Milliseconds, of all requests. */
  readonly latencies: number[];
  done: number;
  /** Seconds of CPU of the service, and of PostgreSQL meanwhile. */
  cpu: number;
  databaseCpu: number;
  statements: number;
};

/** A service that is asked over `connections` at a time. */
export function contenderOf(target: Target, operation: Operation, connections: number): Contender[] {
  const exercise = target.exercises[operation];
  if (!exercise) return [];
  const opened = connect(target.origin, connections);
  const run = (ms: number) => drive(opened, exercise.askers, { ms, expected: exercise.expected });
  return [{ name: target.name, pid: target.pid, run, close: opened.close }];
}

/** What PostgreSQL counted of statements so far, in all databases but the one we ask in. */
async function countStatements(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ calls: string | null }>(
    `select sum(calls) as calls from pg_stat_statements
     where dbid <> (select oid from pg_database where datname = current_database())`,
  );
  return Number(rows[0]?.calls ?? 0);
}

/**
 * Lets all do the operation, a slice each in turn, round after round, so that what else the machine does meets them all. Each is
 * first by turns: what comes second was seen to be slower, even when it is the same.
 */
export async function measure(
  contenders: readonly Contender[],
  database: { readonly pid: number; readonly client: pg.Client },
  { rounds, sliceMs, warmUpMs }: Plan,
): Promise<Measured[]> {
  const nothing = () => ({ rates: [], latencies: [], done: 0, cpu: 0, databaseCpu: 0, statements: 0 });
  const all = contenders.map((by) => ({ by, measured: { name: by.name, ...nothing() } as Measured }));
  for (const { by } of all) await by.run(warmUpMs);
  for (let round = 0; round < rounds; round++) {
    const first = round % all.length;
    for (const { by, measured } of [...all.slice(first), ...all.slice(0, first)]) {
      const [cpu, databaseCpu] = [cpuSeconds(by.pid), cpuSeconds(database.pid)];
      const statements = await countStatements(database.client);
      const { seconds, latencies } = await by.run(sliceMs);
      measured.rates.push(latencies.length / seconds);
      for (const latency of latencies) measured.latencies.push(latency);
      measured.done += latencies.length;
      measured.cpu += cpuSeconds(by.pid) - cpu;
      measured.databaseCpu += cpuSeconds(database.pid) - databaseCpu;
      measured.statements += (await countStatements(database.client)) - statements;
    }
  }
  await Promise.all(contenders.map((each) => each.close()));
  return all.map(({ measured }) => measured);
}

export const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.max(0, Math.ceil(values.length * share) - 1)] ?? 0;

export const median = (values: readonly number[]): number => quantile(values, 0.5);
