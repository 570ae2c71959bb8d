import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClient } from "../support/client.ts";
import { createTestDatabase } from "../support/database.ts";
import { heavy } from "../support/heavy.ts";
import { readDocument } from "../support/openapi.ts";
import { startProcess } from "../support/process.ts";
import { type Service, startService } from "../support/service.ts";
import { createAskers } from "./askers.ts";
import { createContract } from "./contract.ts";
import { createKnownValues } from "./known-values.ts";
import { type MadeRequest, madeRequests } from "./made-request.ts";
import { asCurl, send } from "./send.ts";

const total = heavy ? 100_000 : 5_000;
const lanes = 4;
const mebibyte = 1024 * 1024;

type Target = Pick<Service, "call" | "signUp" | "database"> & {
  /** Of the service alone, where it has a process of its own. */
  residentBytes?: () => number;
  /** What the service logged of defects of ours. */
  failures: () => string[];
  close(): Promise<void>;
};

let target: Target;

/** In the long run the service has a process of its own, so that it is its memory that is measured. */
async function startTarget(): Promise<Target> {
  if (!heavy) {
    const service = await startService({ THROTTLE: "off" });
    const failures = () => service.logs.filter(({ event }) => event === "http.failure");
    return { ...service, failures: () => failures().map((each) => JSON.stringify(each)) };
  }
  const database = await createTestDatabase();
  const running = await startProcess("built", { DATABASE_URL: database.url, THROTTLE: "off" });
  return {
    ...createClient((request) => fetch(request), running.origin),
    database,
    residentBytes: () => {
      const status = readFileSync(`/proc/${running.child.pid}/status`, "utf8");
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
    },
    failures: () => running.lines.filter((line) => line.includes("http.failure")),
    close: async () => {
      await running.stop();
      await database.close();
    },
  };
}

beforeAll(async () => {
  target = await startTarget();
});
afterAll(() => target.close());

describe(`${total} made-up requests`, () => {
  it(
    "are all answered as the OpenAPI document says, and none by a defect of ours",
    async () => {
      const document = await readDocument(target);
      const faultOf = createContract(document);
      const known = createKnownValues();
      const askers = createAskers(target);
      const statuses: Record<string, Record<number, number>> = {};
      let sent = 0;
      let settled: number | undefined;

      async function ask(made: MadeRequest): Promise<void> {
        const token = await askers.tokenOf(made.who);
        const request = known.complete(made);
        const reply = await send(target, request, token);
        sent++;
        if (sent === total / 10) settled = target.residentBytes?.();
        const name = `${made.method} ${made.template}`;
        const counts = statuses[name] ?? {};
        statuses[name] = counts;
        counts[reply.status] = (counts[reply.status] ?? 0) + 1;
        known.learn(request.path, reply.body);
        if (!("authorization" in made.headers))
          askers.note(made.who, (reply.body as { code?: unknown }).code);
        const fault = faultOf(name, reply);
        if (!fault) return;
        const logged = reply.status >= 500 ? target.failures().at(-1) : "";
        throw new Error([fault, logged, asCurl(request, token), ""].join("\n"));
      }

      const started = Date.now();
      const progress = setInterval(() => {
        const rate = Math.round((sent * 1000) / (Date.now() - started));
        console.log(`${sent} of ${total} requests, ${rate} a second`);
      }, 1000);
      if (!heavy) clearInterval(progress);
      const requests = madeRequests(document);
      const property = () => fc.asyncProperty(requests, ask);
      // Each lane has a seed of its own, which it prints if it fails.
      await Promise.all(
        Array.from({ length: lanes }, () => fc.assert(property(), { numRuns: total / lanes })),
      ).finally(() => clearInterval(progress));

      // What is only ever refused has not been tried.
      const done = Object.entries(statuses).filter(([, counts]) =>
        Object.keys(counts).some((each) => each < "300"),
      );
      if (process.env.FUZZ_SHOW) {
        console.log(sent, Date.now() - started, askers.renewals(), done.length, document.operations.length);
        for (const [k, v] of Object.entries(statuses)) console.log(k, JSON.stringify(v));
      }
      expect(Object.keys(statuses).length).toBe(document.operations.length);
      expect(done.length).toBeGreaterThan(document.operations.length / 2);
      const grown = (target.residentBytes?.() ?? 0) - (settled ?? 0);
      expect(grown).toBeLessThan(50 * mebibyte);
    },
    heavy ? 3_600_000 : 120_000,
  );
});
