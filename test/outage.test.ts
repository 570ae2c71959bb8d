import { rmSync } from "node:fs";
import { createServer } from "node:net";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrate } from "../scripts/migrations.ts";
import { startNeonServer } from "../scripts/neon-server.ts";
import { freePort, type Postgres, startPostgres } from "../scripts/postgres.ts";
import { createClient, type Reply } from "./support/client.ts";
import { startProcess } from "./support/process.ts";

const folder = `.gatehouse/outage-${process.pid}`;
let port: number;
let postgres: Postgres;

const start = () => startPostgres({ folder, port, password: "test" });

beforeAll(async () => {
  port = await freePort();
  postgres = await start();
  const client = new pg.Client({ connectionString: postgres.url("postgres") });
  await client.connect();
  await client.query("create database gatehouse");
  await client.end();
  await migrate(postgres.url("gatehouse"));
});

afterAll(async () => {
  await postgres.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function expectUnavailable(reply: Promise<Reply<object>>) {
  const started = performance.now();
  const { status, headers, body } = await reply;
  expect([status, "code" in body && body.code]).toEqual([503, "unavailable"]);
  expect(headers.get("content-type")).toBe("application/problem+json");
  expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
  // The one wall-clock promise: a client is told within five seconds.
  expect(performance.now() - started).toBeLessThan(5000);
}

const drivers = ["neon", "pg"] as const;

/** A service that reaches `url` by a driver, and what is asked of it. */
async function startOver(driver: (typeof drivers)[number], url: string, endpoint: string) {
  const running = await startProcess("built", {
    DATABASE_URL: url,
    ...(driver === "neon" && { NEON_HTTP_ENDPOINT: endpoint }),
  });
  return { ...createClient((request) => fetch(request), running.origin), stop: running.stop };
}

describe("PostgreSQL stopped mid-run", () => {
  it("gives 503 with Retry-After, and service again by itself, over both drivers", async () => {
    const neon = await startNeonServer();
    const services = await Promise.all(
      drivers.map(async (driver) => {
        const service = await startOver(driver, postgres.url("gatehouse"), neon.endpoint);
        return { ...service, account: await service.signUp() };
      }),
    );
    await postgres.stop();
    for (const { call, logIn, refresh, account } of services) {
      await expectUnavailable(call("GET", "users/me", { token: account.access_token }));
      await expectUnavailable(call("GET", "/health/ready"));
      await expectUnavailable(logIn(account.email));
      await expectUnavailable(refresh(account.refresh_token));
      expect((await call("GET", "/health/live")).status).toBe(200);
    }
    postgres = await start();
    for (const { call, refresh, stop, account } of services) {
      const token = account.access_token;
      await expect
        .poll(async () => (await call("GET", "users/me", { token })).status, { timeout: 5000 })
        .toBe(200);
      expect((await refresh(account.refresh_token)).status).toBe(200);
      await stop();
    }
    await neon.close();
  });
});

describe("a database that accepts and never answers", () => {
  it.concurrent.each(drivers)("gives 503 within five seconds over %s", async (driver) => {
    const silent = createServer(() => undefined);
    const silentPort = await freePort();
    await new Promise<void>((listening) => silent.listen(silentPort, "127.0.0.1", listening));
    const host = `127.0.0.1:${silentPort}`;
    const { call, stop } = await startOver(driver, `postgresql://u:p@${host}/d`, `http://${host}/sql`);
    await expectUnavailable(call("GET", "/health/ready"));
    const json = { email: "a@example.com", password: "Correct-horse-7" };
    await expectUnavailable(call("POST", "auth/login", { json }));
    await stop();
    silent.close();
  });
});
