import { spawn } from "node:child_process";
import { startNeonServer } from "../../scripts/neon-server.ts";
import { createClient } from "./client.ts";
import { createTestDatabase } from "./database.ts";
import { startProcess } from "./process.ts";
import { dump } from "./secret-watch.ts";
import { startWorkerd } from "./workerd.ts";

const token = "a-target-of-this-test";

export type AttackTarget = {
  readonly origin: string;
  readonly environment: Record<string, string>;
  /** All it has logged, and all rows of its database. */
  traces(): Promise<string>;
  stop(): Promise<void>;
};

/** A service on a runtime, on its defaults, that agreed to be attacked; and what `npm run attack` is given for it. */
export async function startTarget(runtime: "workers" | "deno" | "node"): Promise<AttackTarget> {
  const database = await createTestDatabase();
  const neon = runtime === "workers" ? await startNeonServer() : undefined;
  const environment = {
    DATABASE_URL: database.url,
    ATTACK_TARGET_TOKEN: token,
    ...(neon && { NEON_HTTP_ENDPOINT: neon.endpoint }),
  };
  const running = neon
    ? await startWorkerd(environment)
    : await startProcess(runtime === "deno" ? "start:deno" : "built", environment);
  // By the one name that cookies and passkeys are of.
  const origin = running.origin.replace("127.0.0.1", "localhost");
  const client = createClient((request) => fetch(request), origin);
  const operator = await client.signUp();
  await database.query("insert into auth.user_roles values ($1, 'admin')", [operator.user.id]);
  const logs = () => ("logs" in running ? running.logs() : running.lines.join("\n"));
  const stop = async () => {
    await running.stop();
    await neon?.close();
    await database.close();
  };
  const given = {
    ATTACK_TARGET_TOKEN: token,
    ATTACK_MAIL_SINK: `${origin}/dev/mail`,
    ATTACK_ADMIN_TOKEN: operator.access_token,
  };
  const traces = async () => `${logs()}\n${await dump(database)}`;
  return { origin, environment: given, traces, stop };
}

/** Runs `npm run attack` on it. */
export async function attack(
  { origin, environment }: Pick<AttackTarget, "origin" | "environment">,
  args: readonly string[] = [],
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ["--import", "tsx", "attack/index.ts", origin, ...args], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const note = (chunk: Buffer) => {
    output += chunk;
  };
  child.stdout.on("data", note);
  child.stderr.on("data", note);
  const code = await new Promise<number | null>((done) => child.once("close", done));
  return { code, output };
}
