import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync } from "node:fs";

const startWithinMs = 60_000;

/** A server in a process of its own. */
export type Server = { origin: string; pid: number; stop: () => Promise<void> };

/**
 * Runs `args` with Node and waits until `path` of `origin` is answered. What the process prints goes to
 * `.gatehouse/bench/<name>.log`: reading it would be work for whoever measures.
 */
export async function startServerProcess(
  name: string,
  args: string[],
  options: { origin: string; path: string; environment: Record<string, string | undefined> },
): Promise<Server> {
  mkdirSync(".gatehouse/bench", { recursive: true });
  const log = openSync(`.gatehouse/bench/${name}.log`, "w");
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...options.environment },
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  try {
    await untilAnswered(child, `${options.origin}${options.path}`);
  } catch (error) {
    child.kill("SIGKILL");
    throw new Error(`${name} did not start: see .gatehouse/bench/${name}.log`, { cause: error });
  }
  return { origin: options.origin, pid: child.pid ?? 0, stop: () => stopped(child) };
}

async function untilAnswered(child: ChildProcess, url: string): Promise<void> {
  for (const deadline = Date.now() + startWithinMs; ; ) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error("it ended, or took too long");
    const reply = await fetch(url).catch(() => undefined);
    await reply?.arrayBuffer();
    if (reply) return;
    await new Promise((wake) => setTimeout(wake, 50));
  }
}

function stopped(child: ChildProcess): Promise<void> {
  return new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) return done();
    child.once("exit", () => done());
    child.kill("SIGTERM");
  });
}

const ticksPerSecond = 100; // what Linux counts CPU in, on every architecture that Node runs on

/** Seconds of CPU that a process and those it started have taken so far. Zero where the system does not tell. */
export function cpuSeconds(pid: number): number {
  const parts = processes();
  const own = (id: number): number =>
    (parts.get(id)?.ticks ?? 0) +
    [...parts].reduce((sum, [child, { parent }]) => (parent === id ? sum + own(child) : sum), 0);
  return own(pid) / ticksPerSecond;
}

function processes(): Map<number, { parent: number; ticks: number }> {
  const found = new Map<number, { parent: number; ticks: number }>();
  for (const name of readable(() => readdirSync("/proc")) ?? []) {
    const stat = /^\d+$/.test(name) ? readable(() => readFileSync(`/proc/${name}/stat`, "utf8")) : undefined;
    // After the name of the program, which may have spaces in it: state, parent, … and from the 12th the ticks of itself and of
    // children that have ended.
    const fields = stat
      ?.slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const ticks = fields?.slice(11, 15).reduce((sum, each) => sum + each, 0) ?? 0;
    if (fields) found.set(Number(name), { parent: fields[1] ?? 0, ticks });
  }
  return found;
}

function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined; // it has ended, or this is not Linux
  }
}

/** Resident memory of a process in MiB, where the system tells it. */
export function residentMebibytes(pid: number): number | undefined {
  const status = readable(() => readFileSync(`/proc/${pid}/status`, "utf8"));
  const [, kibibytes] = /VmRSS:\s+(\d+)/.exec(status ?? "") ?? [];
  return kibibytes === undefined ? undefined : Number(kibibytes) / 1024;
}
