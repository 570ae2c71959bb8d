import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { inject } from "vitest";
import { freePort } from "../../scripts/postgres.ts";
import { testEnvironment } from "./environment.ts";

export type Running = {
  readonly origin: string;
  readonly child: ChildProcess;
  /** Every line it has logged. */
  readonly lines: string[];
  stop(): Promise<void>;
};

const startWithinMs = 45_000;

/**
 * An npm script, or the same service on Node, bundled: that starts in a sixth of the time, for tests of what does not
 * depend on how it is started. Or a bundle of the test's own.
 */
type Script = "start:node" | "start:deno" | "built" | `${string}.js`;

/** The command of an npm script, so that tests run with the very flags that users get. */
function commandOf(script: Script): string[] {
  if (script === "built") return [process.execPath, `${inject("built")}/node.js`];
  if (script.endsWith(".js")) return [process.execPath, script];
  const manifest = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };
  const [program = "", ...args] = manifest.scripts[script]?.split(" ") ?? [];
  return [program === "node" ? process.execPath : `node_modules/.bin/${program}`, ...args];
}

/** Both runtimes run a module before the service's own. */
function withModule([program = "", ...args]: string[], source: string | undefined): string[] {
  if (source === undefined) return [program, ...args];
  const url = `data:text/javascript;base64,${btoa(source)}`;
  const [run = "", ...rest] = args;
  return run === "run" ? [program, run, `--preload=${url}`, ...rest] : [program, `--import=${url}`, ...args];
}

/**
 * Starts the service as its npm script does, in a process of its own, and waits until it listens.
 * @param first JavaScript that runs in it before anything else.
 */
export async function startProcess(
  script: Script,
  environment: Record<string, string>,
  first?: string,
): Promise<Running> {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const [program = "", ...args] = withModule(commandOf(script), first);
  const child = spawn(program, args, {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      ...testEnvironment({ ISSUER: origin, PORT: String(port), HOST: "127.0.0.1", ...environment }),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk;
  });
  const exited = new Promise<void>((done) => child.once("exit", () => done()));
  let timer: ReturnType<typeof setTimeout> | undefined;
  await new Promise<void>((listening, failed) => {
    timer = setTimeout(() => failed(new Error(`not listening in time: ${errors}`)), startWithinMs);
    createInterface({ input: child.stdout }).on("line", (line) => {
      lines.push(line);
      if (line.includes("server.listening")) listening();
    });
    child.once("exit", () => failed(new Error(`it ended: ${errors}`)));
  }).finally(() => clearTimeout(timer));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    await exited;
  };
  return { origin, child, lines, stop };
}
