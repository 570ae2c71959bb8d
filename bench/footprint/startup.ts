import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { build } from "esbuild";
import { freePort } from "../../scripts/postgres.ts";
import { testEnvironment } from "../../test/support/environment.ts";
import { median } from "../load/measure.ts";
import type { Promised } from "../load/report.ts";

const folder = ".gatehouse/bench";
const compatibilityDate = "2026-10-23";
/** The workerd that wrangler brings. */
const { default: workerd } = createRequire(createRequire(import.meta.url).resolve("wrangler"))("workerd") as {
  default: string;
};

/**
 * From the start of workerd to the first answer of the Worker that was built, ours and a bare one of Hono and zod in turn: reading the script, what
 * it does at import, and for ours the configuration and the keys.
 */
export async function benchStartup(rounds: number): Promise<Promised[]> {
  await build({
    entryPoints: ["bench/apps/bare-worker.ts"],
    outfile: `${folder}/bare-worker.js`,
    bundle: true,
    minify: true,
    format: "esm",
    logLevel: "error",
  });
  const environment = testEnvironment({
    DATABASE_URL: "postgresql://a:b@127.0.0.1:1/c",
    NEON_HTTP_ENDPOINT: "http://127.0.0.1:1/sql",
  });
  const workers = {
    bare: { script: "bare-worker.js", bindings: {} },
    ours: { script: "../../dist/workers.js", bindings: environment },
  };
  const times = { bare: [] as number[], ours: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? (["bare", "ours"] as const) : (["ours", "bare"] as const);
    for (const name of order)
      times[name].push(await startOnce(name, workers[name].script, workers[name].bindings));
  }
  const [ours, bare] = [median(times.ours), median(times.bare)];
  console.log(
    `start to first answer on workerd, ${rounds} rounds: ${ours.toFixed(0)} ms, bare ${bare.toFixed(0)} ms`,
  );
  return [{ what: "start-up of the Worker to a bare one", value: ours / bare, most: 1.3 }];
}

async function startOnce(name: string, script: string, bindings: Record<string, string>): Promise<number> {
  const port = await freePort();
  const config = `${folder}/${name}.capnp`;
  writeFileSync(config, configOf(script, port, bindings));
  const startedAt = performance.now();
  const child = spawn(workerd, ["serve", config], { stdio: ["ignore", "ignore", "inherit"] });
  const exited = once(child, "exit");
  await untilListening(port);
  const reply = await fetch(`http://127.0.0.1:${port}/health/live`);
  await reply.text();
  const took = performance.now() - startedAt;
  child.kill("SIGKILL");
  await exited;
  if (reply.status !== 200) throw new Error(`${name} answered ${reply.status}`);
  return took;
}

async function untilListening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const isOpen = await new Promise((done) => {
      socket.once("connect", () => done(true)).once("error", () => done(false));
    });
    socket.destroy();
    if (isOpen) return;
    await new Promise((wake) => setTimeout(wake, 2));
  }
}

const quoted = (text: string) => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

function configOf(script: string, port: number, bindings: Record<string, string>): string {
  const given = Object.entries(bindings).map(([name, text]) => `(name = "${name}", text = ${quoted(text)})`);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "${script}")],
  compatibilityDate = "${compatibilityDate}",
  bindings = [${given.join(", ")}],
);
`;
}
