import { afterAll, beforeAll, describe } from "vitest";
import { type NeonServer, startNeonServer } from "../../scripts/neon-server.ts";
import { createClient } from "../support/client.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { startProcess } from "../support/process.ts";
import { startWorkerd } from "../support/workerd.ts";
import { describeImport } from "./import-suite.ts";
import { describeMailFlows } from "./mail-suite.ts";
import { describeService, type Target } from "./suite.ts";

type Start = (
  environment: Record<string, string>,
) => Promise<{ origin: string; stop: () => Promise<unknown> }>;

const targets: [string, Target["runtime"], "neon" | "pg", Start][] = [
  ["workerd, Neon over HTTP", "workers", "neon", startWorkerd],
  ["Deno, Neon over HTTP", "deno", "neon", (environment) => startProcess("start:deno", environment)],
  ["Deno, pg", "deno", "pg", (environment) => startProcess("start:deno", environment)],
  ["Node, Neon over HTTP", "node", "neon", (environment) => startProcess("start:node", environment)],
  ["Node, pg", "node", "pg", (environment) => startProcess("start:node", environment)],
];

describe.each(targets)("the HTTP suite on %s", (_, runtime, driver, start) => {
  let database: TestDatabase;
  let neon: NeonServer;
  let stop: () => Promise<unknown>;
  const target = { runtime } as Target;

  beforeAll(async () => {
    database = await createTestDatabase();
    neon = await startNeonServer();
    const running = await start({
      DATABASE_URL: database.url,
      TRUSTED_PROXIES: "127.0.0.0/8,::1/128",
      ...(driver === "neon" && { NEON_HTTP_ENDPOINT: neon.endpoint }),
    });
    stop = running.stop;
    // Each caller's address: a trusted proxy's word on Node and Deno, Cloudflare's header on Workers.
    const client = createClient((request, ip) => {
      request.headers.set("x-forwarded-for", ip);
      request.headers.set("cf-connecting-ip", ip);
      return fetch(request);
    }, running.origin);
    const issuer = runtime === "workers" ? "http://localhost:8787" : running.origin;
    Object.assign(target, { client, origin: running.origin, database, issuer });
  });

  afterAll(async () => {
    await stop?.();
    await neon?.close();
    await database?.close();
  });

  describeService(() => target);
  describeMailFlows(() => target);
  describeImport(() => target);
});
