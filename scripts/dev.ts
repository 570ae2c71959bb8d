import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { relative } from "node:path";
import { parseEnv } from "node:util";
import { copyAssets } from "./copy-assets.ts";
import { startDevPostgres, takeDevLock } from "./dev-postgres.ts";
import { migrate } from "./migrations.ts";
import { type NeonServer, startNeonServer } from "./neon-server.ts";
import { freePort, type Postgres } from "./postgres.ts";
import { envLines, generateSecrets } from "./secrets.ts";

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

function mustBeFree(): Promise<void> {
  return new Promise((free, taken) => {
    const hint = `Stop it, or: PORT=${port + 1} npm run dev`;
    const probe = createServer();
    probe.once("error", () => taken(new Error(`Port ${port} is taken by another program. ${hint}`)));
    probe.listen(port, "127.0.0.1", () => probe.close(() => free()));
  });
}

/** Settings of the local service: made once, kept; only the addresses of this start are renewed. */
async function writeVars(postgres: Postgres, neon: NeonServer): Promise<Record<string, string>> {
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
  return vars;
}

async function createDatabase(postgres: Postgres): Promise<void> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: postgres.url("postgres") });
  await client.connect();
  const { rowCount } = await client.query("select 1 from pg_database where datname = 'gatehouse'");
  if (!rowCount) await client.query("create database gatehouse");
  await client.end();
}

/** What the board says of the first admin: how to be it, until there is one. */
async function wayIn(vars: Record<string, string>): Promise<[string, string]> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: vars.DATABASE_URL });
  await client.connect();
  const { rowCount } = await client.query("select 1 from auth.user_roles where role = 'admin' limit 1");
  await client.end();
  if (rowCount) return ["Sign in", `${origin}/login`];
  // Loaded while workerd starts: nobody waits for it.
  const [{ parseConfig }, { loadKeys }, { setupLink }, { systemClock, systemRandom }] = await Promise.all([
    import("../src/config.ts"),
    import("../src/token/keys.ts"),
    import("../src/setup/setup-token.ts"),
    import("../src/adapters/system.ts"),
  ]);
  const config = parseConfig(vars);
  const clock = systemClock(config.clockOffsetSeconds);
  const link = setupLink({ config, clock, random: systemRandom, keys: await loadKeys(config) });
  return ["First admin", `${link}\n${"".padEnd(15)}(good for 30 minutes; or npm run admin:create)`];
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

function board(postgres: Postgres, first: [string, string]): string {
  const rows = [
    first,
    ["API", `${origin}/api/v1`],
    ["Swagger UI", `${origin}/docs`],
    ["Redoc", `${origin}/redoc`],
    ["OpenAPI", `${origin}/openapi.json`],
    ["Mail", `${origin}/dev/mail`],
    ["Health", `${origin}/health/ready`],
  ];
  const inside = relative(".", postgres.folder);
  const shown = inside.startsWith("..") ? postgres.folder : inside;
  const took = ((performance.now() - startedAt) / 1000).toFixed(1);
  const lines = rows.map(([name = "", value]) => `  ${name.padEnd(12)} ${value}`);
  return `\nGatehouse serves on workerd after ${took} s. Ctrl-C stops it; the data stay in ${shown}.\n\n${lines.join("\n")}\n`;
}

async function main(): Promise<void> {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stopAll(0));
  const unlock = takeDevLock();
  await onStop(async () => unlock());
  await mustBeFree();
  copyAssets();
  console.log("Starting PostgreSQL …");
  const postgres = await startDevPostgres();
  await onStop(() => postgres.stop());
  if (stopping) return;
  await createDatabase(postgres);
  await migrate(postgres.url("gatehouse"));
  const neon = await startNeonServer({ port: await freePort(54_330) });
  await onStop(() => neon.close());
  if (stopping) return;
  const vars = await writeVars(postgres, neon);
  console.log("Starting workerd …");
  const [first] = await Promise.all([wayIn(vars), startWorker()]);
  if (!stopping) console.log(board(postgres, first));
}

main().catch(async (error: Error) => {
  if (!stopping) console.error(error.message);
  await stopAll(1);
});
