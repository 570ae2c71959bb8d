import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Client, createClient } from "../support/client.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { heavy } from "../support/heavy.ts";
import { readDocument } from "../support/openapi.ts";
import { type Running, startProcess } from "../support/process.ts";
import { createAskers } from "./askers.ts";
import { createContract } from "./contract.ts";
import { createKnownValues } from "./known-values.ts";
import { type MadeRequest, madeRequests } from "./made-request.ts";
import { asCurl, send } from "./send.ts";

const total = heavy ? 100_000 : 5_000;
const lanes = 4;
const mebibyte = 1024 * 1024;

let database: TestDatabase;
let running: Running;
let client: Client;

// In a process of its own with the flag of `start:node`, so that it is the service's memory that is measured.
beforeAll(async () => {
  database = await createTestDatabase();
  running = await startProcess("built", {
    DATABASE_URL: database.url,
    THROTTLE: "off",
    NODE_OPTIONS: `--max-semi-space-size=8 --expose-gc --import=${pathToFileURL("test/support/collect-on-signal.ts")}`,
  });
  client = createClient((request) => fetch(request), running.origin);
});
afterAll(async () => {
  await running.stop();
  await database.close();
});

/** Undefined where the system does not tell. */
function residentBytes(): number | undefined {
  if (process.platform !== "linux") return undefined;
  const status = readFileSync(`/proc/${running.child.pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
}

/** The last line that the service logged of an event; it is written once the reply is on its way. */
async function logged(event: string): Promise<string> {
  await setTimeout(200);
  return running.lines.filter((line) => line.includes(`"${event}"`)).at(-1) ?? "";
}

/** An export breaks off, as it says, when another request ended its session: nobody is to take half for the whole. */
async function brokenOff({ path }: MadeRequest, error: unknown): Promise<undefined> {
  const line = await logged("http.broken_off");
  const isMeant = /"code":"(invalid_token|not_allowed|reauthentication_required)"/.test(line);
  if (!isMeant || !/\/export\b/.test(path)) throw new Error(`${path} broke off: ${line}`, { cause: error });
}

/** What the service holds once all that can be collected is: of its heap, and resident. */
async function heldMebibytes(): Promise<{ heap: number; resident: number }> {
  for (let turn = 0; turn < 2; turn++) {
    running.child.kill("SIGUSR2");
    await setTimeout(500);
  }
  const { heapUsed, external, rss } = JSON.parse(await logged("memory"));
  return { heap: Math.round((heapUsed + external) / mebibyte), resident: Math.round(rss / mebibyte) };
}

/** Says every second how far it is, in the long run. */
function showProgress(sent: () => number): () => void {
  if (!heavy) return () => undefined;
  const started = Date.now();
  const timer = setInterval(() => {
    const rate = Math.round((sent() * 1000) / (Date.now() - started));
    const resident = Math.round((residentBytes() ?? 0) / mebibyte);
    console.log(`${sent()} of ${total} requests, ${rate} a second, ${resident} MiB resident`);
  }, 1000);
  return () => clearInterval(timer);
}

describe(`${total} made-up requests`, () => {
  it(
    "are all answered as the OpenAPI document says, and none by a defect of ours",
    async () => {
      const document = await readDocument(client);
      const faultOf = createContract(document);
      const known = createKnownValues();
      const askers = createAskers({ ...client, database });
      const asked = new Set<string>();
      const done = new Set<string>();
      let sent = 0;
      const held: Awaited<ReturnType<typeof heldMebibytes>>[] = [];

      async function ask(made: MadeRequest): Promise<void> {
        const token = await askers.tokenOf(made.who);
        const request = known.complete(made);
        const reply = await send(client, request, token).catch((error: unknown) => brokenOff(request, error));
        sent++;
        // By then all that is made once is made.
        if (heavy && sent % (total / 10) === 0) held.push(await heldMebibytes());
        const name = `${made.method} ${made.template}`;
        asked.add(name);
        if (!reply) return;
        if (reply.status < 300) done.add(name);
        known.learn(request.path, reply.body);
        if (!("authorization" in made.headers))
          askers.note(made.who, (reply.body as { code?: unknown }).code);
        const fault = faultOf(name, reply);
        if (!fault) return;
        const line = reply.status >= 500 ? await logged("http.failure") : "";
        throw new Error([fault, line, asCurl(request, token), ""].join("\n"));
      }

      const stop = showProgress(() => sent);
      const property = fc.asyncProperty(madeRequests(document), ask);
      // Each lane draws a seed of its own, and prints it when it fails.
      const all = Array.from({ length: lanes }, () => fc.assert(property, { numRuns: total / lanes }));
      await Promise.all(all).finally(stop);

      expect(asked.size).toBe(document.operations.length);
      // A route that was only ever refused has not been tried.
      expect(done.size).toBeGreaterThan(document.operations.length * (heavy ? 0.8 : 0.6));
      if (!heavy) return;
      console.log(`${done.size} of ${asked.size} operations done; MiB held: ${JSON.stringify(held)}`);
      expect((held.at(-1)?.heap ?? 0) - (held[1]?.heap ?? 0)).toBeLessThan(50);
    },
    heavy ? 3_600_000 : 120_000,
  );
});
