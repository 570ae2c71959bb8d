import { type ChildProcess, spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { inject } from "vitest";

export type Ended = { status: number | null; signal: string | null; stdout: string; stderr: string };

type Options = { environment: Record<string, string>; input?: string; source?: boolean };

/**
 * Starts a script of ours beside this process, which meanwhile must serve the database to the service under test:
 * the bundle of it, which starts in a sixth of the time, or with `source` the file that npm runs.
 */
export function startScript(
  name: string,
  args: readonly string[],
  { environment, input = "", source = false }: Options,
): { child: ChildProcess; ended: Promise<Ended> } {
  const file = source ? `scripts/${name}.ts` : `${inject("built")}/${name}.js`;
  const child = spawn(process.execPath, [file, ...args], {
    timeout: 300_000,
    env: { PATH: process.env.PATH, ...environment },
  });
  child.stdin.on("error", () => undefined); // it may end without having read it
  child.stdin.end(input);
  const closed = new Promise<[number | null, string | null]>((done) =>
    child.once("close", (status, signal) => done([status, signal])),
  );
  const ended = Promise.all([text(child.stdout), text(child.stderr), closed]).then(
    ([stdout, stderr, [status, signal]]) => ({ status, signal, stdout, stderr }),
  );
  return { child, ended };
}

export const runScript = (...args: Parameters<typeof startScript>) => startScript(...args).ended;
