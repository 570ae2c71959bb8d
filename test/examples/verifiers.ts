import { spawn, spawnSync } from "node:child_process";
import { freePort } from "../../scripts/postgres.ts";

export type Verifier = {
  readonly name: string;
  ask(token?: string, path?: string): Promise<{ status: number; headers: Headers; body: unknown }>;
  stop(): Promise<void>;
};

const startWithinMs = 30_000;

/** A Python that has what the example imports: not every machine's first one is the one its packages are for. */
const python = ["python3", "/usr/bin/python3"].find(
  (each) => spawnSync(each, ["-c", "import fastapi, uvicorn, jwt, cryptography"]).status === 0,
);
if (!python) console.log("examples/fastapi_app.py is not tested: python3 has no fastapi, uvicorn and jwt");

const commands: Record<string, string[]> = {
  Hono: [process.execPath, "examples/hono.ts"],
  Express: [process.execPath, "examples/express.ts"],
  "Next.js": [process.execPath, "test/examples/next-host.ts"],
  ...((python || process.env.CI) && { FastAPI: [python ?? "python3", "examples/fastapi_app.py"] }),
};

/** The examples that this machine can run; in CI all, or the tests fail. */
export const verifierNames = Object.keys(commands);

/** Starts an example in a process of its own, and waits until it answers. */
export async function startVerifier(name: string, environment: Record<string, string>): Promise<Verifier> {
  const port = await freePort();
  const [program = "", ...args] = commands[name] ?? [];
  const child = spawn(program, args, {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PORT: String(port), ...environment },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk;
  });
  const exited = new Promise<void>((done) => child.once("close", () => done()));
  child.once("error", (error) => {
    errors += error.message;
  });
  const ask: Verifier["ask"] = async (token, path = "/orders") => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const reply = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
    const text = await reply.text();
    return { status: reply.status, headers: reply.headers, body: reply.ok ? JSON.parse(text) : text };
  };
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    await exited;
  };
  const giveUpAt = Date.now() + startWithinMs;
  while ((await ask().catch(() => undefined)) === undefined) {
    if (child.exitCode !== null || child.pid === undefined || Date.now() > giveUpAt) {
      throw new Error(`${name} does not answer: ${errors}`);
    }
    await new Promise((later) => setTimeout(later, 100));
  }
  return { name, ask, stop };
}

/** All of them, on one environment. */
export const startVerifiers = (environment: Record<string, string>) =>
  Promise.all(verifierNames.map((name) => startVerifier(name, environment)));
