import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { parseEnv } from "node:util";

export type Ended = {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output, read as an environment file. */
  readonly set: Record<string, string>;
};

/** Runs a script of ours to its end, in an environment of nothing but what is given. */
export async function runScript(
  script: string,
  args: readonly string[],
  environment: Record<string, string>,
): Promise<Ended> {
  const child = spawn(process.execPath, [`scripts/${script}.ts`, ...args], {
    timeout: 60_000,
    env: { PATH: process.env.PATH, NEON_HTTP_ENDPOINT: "", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);
  return { status, stdout, stderr, set: parseEnv(stdout) as Record<string, string> };
}
