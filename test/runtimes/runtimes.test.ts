import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type NeonServer, startNeonServer } from "../../scripts/neon-server.ts";
import { createClient } from "../support/client.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { heavy } from "../support/heavy.ts";
import { startProcess } from "../support/process.ts";
import { startWorkerd } from "../support/workerd.ts";
import { describeAdministration } from "./admin-suite.ts";
import { describeAudit } from "./audit-suite.ts";
import { describeExport } from "./export-suite.ts";
import { describeImport } from "./import-suite.ts";
import { describeMachines } from "./machine-suite.ts";
import { describeMailFlows, describeRequiredMode } from "./mail-suite.ts";
import { describeSecondFactors } from "./mfa-suite.ts";
import { describePages } from "./page-suite.ts";
import { describePasskeys } from "./passkey-suite.ts";
import { describeService, type Target } from "./suite.ts";

type Start = (
  environment: Record<string, string>,
) => Promise<{ origin: string; stop: () => Promise<unknown> }>;

type Case = [string, Target["runtime"], "neon" | "pg", Start];

const onDeno: Start = (environment) => startProcess("start:deno", environment);
const onNode: Start = (environment) => startProcess("start:node", environment);

/** Each runtime by the driver that it is deployed with; by the other in the long run. Over Neon's protocol on Node most tests run. */
const targets: Case[] = [
  ["workerd, Neon over HTTP", "workers", "neon", startWorkerd],
  ["Deno, pg", "deno", "pg", onDeno],
  ["Node, pg", "node", "pg", onNode],
];
if (heavy) {
  targets.push(
    ["Deno, Neon over HTTP", "deno", "neon", onDeno],
    ["Node, Neon over HTTP", "node", "neon", onNode],
  );
}

/** A service on a runtime with a database of its own, for the tests of one `describe`. */
function useTarget(
  [, runtime, driver, start]: (typeof targets)[number],
  overrides: Record<string, string> = {},
): Target & { statements?: () => number } {
  let database: TestDatabase;
  let neon: NeonServer;
  let stop: () => Promise<unknown>;
  const target = { runtime } as Target & { statements?: () => number };
  let statements = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    neon = await startNeonServer({ onStatement: () => void statements++ });
    if (driver === "neon") target.statements = () => statements;
    const running = await start({
      DATABASE_URL: database.url,
      TRUSTED_PROXIES: "127.0.0.0/8,::1/128",
      ...(driver === "neon" && { NEON_HTTP_ENDPOINT: neon.endpoint }),
      ...overrides,
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

  return target;
}

const due = `insert into auth.outbox (id, kind, email, email_key, user_id, due_at, created_at)
  select gen_random_uuid(), 'password_changed', email, email_key, id, now(), now() from auth.users where email = $1`;

describe.each(targets)("the HTTP suite on %s", (...each) => {
  const target = useTarget(each);
  describeService(() => target);
  describeMailFlows(() => target);
  describeImport(() => target);
  describeAdministration(() => target);
  describeExport(() => target);
  describeAudit(() => target);
  describePasskeys(() => target);
  describeSecondFactors(() => target);
  describeMachines(() => target);
  describePages(() => target);

  it.runIf(each[1] === "workers")("does the work of every minute by the cron trigger", async () => {
    const { email } = await target.client.signUp();
    await target.database.query(due, [email]);
    expect((await fetch(`${target.origin}/cdn-cgi/handler/scheduled`)).status).toBe(200);
    await expect.poll(() => statesOf(target, email)).toEqual(["sent", "sent"]);
  });
});

const oneOfEach = targets.filter(([, runtime, driver]) => driver === "pg" || runtime === "workers");

describe.each(oneOfEach)("required verification on %s", (...each) => {
  const target = useTarget(each, { EMAIL_VERIFICATION: "required" });
  describeRequiredMode(() => target);
});

// A timer of a minute is waited for in the long run only.
describe.runIf(heavy).each(oneOfEach.slice(1))("the work of every minute on %s", (...each) => {
  const target = useTarget(each);

  it("is done by a timer", { timeout: 90_000 }, async () => {
    const { email } = await target.client.signUp();
    await target.database.query(due, [email]);
    await expect
      .poll(() => statesOf(target, email), { timeout: 75_000, interval: 500 })
      .toEqual(["sent", "sent"]);
  });
});

async function statesOf({ database }: Target, email: string): Promise<string[]> {
  const rows = await database.query<{ state: string }>("select state from auth.outbox where email = $1", [
    email,
  ]);
  return rows.map(({ state }) => state);
}
