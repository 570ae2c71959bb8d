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

describe.each(["neon", "pg"])("PostgreSQL stopped mid-run, reached over %s", (driver) => {
  it("gives 503 with Retry-After, and service again by itself", async () => {
    const neon = await startNeonServer();
    const running = await startProcess("built", {
      DATABASE_URL: postgres.url("gatehouse"),
      ...(driver === "neon" && { NEON_HTTP_ENDPOINT: neon.endpoint }),
    });
    const { call, signUp, logIn, refresh } = createClient((request) => fetch(request), running.origin);
    const { access_token: token, refresh_token, email } = await signUp();
    await postgres.stop();
    await expectUnavailable(call("GET", "users/me", { token }));
    await expectUnavailable(call("GET", "/health/ready"));
    await expectUnavailable(logIn(email));
    await expectUnavailable(refresh(refresh_token));
    expect((await call("GET", "/health/live")).status).toBe(200);
    postgres = await start();
    await expect
      .poll(async () => (await call("GET", "users/me", { token })).status, { timeout: 5000 })
      .toBe(200);
    expect((await refresh(refresh_token)).status).toBe(200);
    await running.stop();
    await neon.close();
  });
});

describe("a database that accepts and never answers", () => {
  it.each(["neon", "pg"])("gives 503 within five seconds over %s", async (driver) => {
    const silent = createServer(() => undefined);
    const silentPort = await freePort();
    await new Promise<void>((listening) => silent.listen(silentPort, "127.0.0.1", listening));
    const running = await startProcess("built", {
      DATABASE_URL: `postgresql://u:p@127.0.0.1:${silentPort}/d`,
      ...(driver === "neon" && { NEON_HTTP_ENDPOINT: `http://127.0.0.1:${silentPort}/sql` }),
    });
    const { call } = createClient((request) => fetch(request), running.origin);
    await expectUnavailable(call("GET", "/health/ready"));
    const json = { email: "a@example.com", password: "Correct-horse-7" };
    await expectUnavailable(call("POST", "auth/login", { json }));
    await running.stop();
    silent.close();
  });
});
