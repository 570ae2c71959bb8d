import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { relative } from "node:path";
import { parseEnv } from "node:util";
import { copyAssets } from "./copy-assets.ts";
import { migrate } from "./migrations.ts";
import { type NeonServer, startNeonServer } from "./neon-server.ts";
import { freePort, type Postgres, startPostgres } from "./postgres.ts";
import { envLines, generateSecrets } from "./secrets.ts";

const folder = ".gatehouse";
const lockFile = `${folder}/dev.pid`;
const varsFile = ".dev.vars";
const port = Number(process.env.PORT || 8787);
const origin = `http://localhost:${port}`;
const startedAt = performance.now();

type Stop = () => Promise<unknown>;
const toStop: Stop[] = [];
let stopping = false;

/** Remembers how to undo a step, the newest first. One that ends after the stop began is undone at once. */
async function onStop(stop: Stop): Promise<void> {
  if (stopping) await stop();
  else toStop.unshift(stop);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false; // gone
  }
}

/** One copy per clone: a second would fight over the data. */
function takeLock(): void {
  mkdirSync(folder, { recursive: true });
  const holder = existsSync(lockFile) ? Number(readFileSync(lockFile, "utf8")) : 0;
  if (holder && holder !== process.pid && isAlive(holder)) {
    throw new Error(`Gatehouse already runs here (process ${holder}). Stop it first, or use another clone.`);
  }
  writeFileSync(lockFile, String(process.pid));
  toStop.unshift(async () => rmSync(lockFile, { force: true }));
}

function mustBeFree(): Promise<void> {
  return new Promise((free, taken) => {
    const hint = `Stop it, or: PORT=${port + 1} npm run dev`;
    const probe = createServer();
    probe.once("error", () => taken(new Error(`Port ${port} is taken by another program. ${hint}`)));
    probe.listen(port, "127.0.0.1", () => probe.close(() => free()));
  });
}

/** Settings of the local service: made once, kept; only the addresses of this start are renewed. */
async function writeVars(postgres: Postgres, neon: NeonServer): Promise<void> {
  const kept = existsSync(varsFile) ? parseEnv(readFileSync(varsFile, "utf8")) : await generateSecrets();
  const vars = {
    ENVIRONMENT: "development",
    MAIL_TRANSPORT: "mailbox",
    ...kept,
    ISSUER: origin,
    DATABASE_URL: postgres.url("gatehouse"),
    NEON_HTTP_ENDPOINT: neon.endpoint,
  };
  writeFileSync(varsFile, envLines(vars), { mode: 0o600 });
}

async function createDatabase(postgres: Postgres): Promise<void> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: postgres.url("postgres") });
  await client.connect();
  const { rowCount } = await client.query("select 1 from pg_database where datname = 'gatehouse'");
  if (!rowCount) await client.query("create database gatehouse");
  await client.end();
}

function keptPassword(): string {
  const file = `${folder}/password`;
  if (!existsSync(file)) writeFileSync(file, randomBytes(18).toString("hex"), { mode: 0o600 });
  return readFileSync(file, "utf8");
}

function startWorker(): Promise<void> {
  const cli = "node_modules/wrangler/wrangler-dist/cli.js";
  const args = [
    "dev",
    "--port",
    String(port),
    "--ip",
    "127.0.0.1",
    "--log-level",
    "warn",
    "--show-interactive-dev-session=false",
  ];
  const env = {
    ...process.env,
    WRANGLER_SEND_METRICS: "false",
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    WRANGLER_HIDE_BANNER: "true",
  };
  const worker = spawn(process.execPath, ["--no-warnings", cli, ...args], {
    env,
    stdio: ["ignore", "inherit", "inherit"],
  });
  const exited = new Promise<void>((done) => worker.once("exit", () => done()));
  toStop.unshift(async () => {
    worker.kill("SIGTERM");
    await exited;
  });
  worker.once("exit", () => void stopAll(1));
  return untilServing();
}

async function untilServing(): Promise<void> {
  while (!stopping) {
    const reply = await fetch(`${origin}/health/ready`).catch(() => undefined); // not up yet
    if (reply?.ok) return;
    await new Promise((wake) => setTimeout(wake, 100));
  }
}

async function stopAll(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  process.exitCode = code;
  for (const stop of toStop) await stop().catch((error: Error) => console.error(error.message));
}

function board(postgres: Postgres): string {
  const rows = [
    ["API", `${origin}/api/v1`],
    ["Swagger UI", `${origin}/docs`],
    ["Redoc", `${origin}/redoc`],
    ["OpenAPI", `${origin}/openapi.json`],
    ["Mail", `${origin}/dev/mail`],
    ["Health", `${origin}/health/ready`],
    ["First admin", "npm run admin:create -- --email you@example.com"],
  ];
  const inside = relative(".", postgres.folder);
  const shown = inside.startsWith("..") ? postgres.folder : inside;
  const took = ((performance.now() - startedAt) / 1000).toFixed(1);
  const lines = rows.map(([name = "", value]) => `  ${name.padEnd(12)} ${value}`);
  return `\nGatehouse serves on workerd after ${took} s. Ctrl-C stops it; the data stay in ${shown}.\n\n${lines.join("\n")}\n`;
}

async function main(): Promise<void> {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stopAll(0));
  takeLock();
  await mustBeFree();
  copyAssets();
  console.log("Starting PostgreSQL …");
  const postgres = await startPostgres({
    folder: `${folder}/postgres`,
    port: await freePort(54_329),
    password: keptPassword(),
  });
  await onStop(() => postgres.stop());
  if (stopping) return;
  await createDatabase(postgres);
  await migrate(postgres.url("gatehouse"));
  const neon = await startNeonServer({ port: await freePort(54_330) });
  await onStop(() => neon.close());
  if (stopping) return;
  await writeVars(postgres, neon);
  console.log("Starting workerd …");
  await startWorker();
  if (!stopping) console.log(board(postgres));
}

main().catch(async (error: Error) => {
  if (!stopping) console.error(error.message);
  await stopAll(1);
});
