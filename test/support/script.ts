import { type ChildProcess, spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { parseEnv } from "node:util";
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

/** Runs a script that prints lines of an environment file; `set` is what they say. */
export async function runForEnvironment(
  name: string,
  args: readonly string[],
  environment: Record<string, string>,
): Promise<Ended & { set: Record<string, string> }> {
  // Of the empty variable the scripts' own `.dev.vars` says nothing.
  const ended = await runScript(name, args, { environment: { NEON_HTTP_ENDPOINT: "", ...environment } });
  return { ...ended, set: parseEnv(ended.stdout) as Record<string, string> };
}
