import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type NeonServer, startNeonServer } from "../../scripts/neon-server.ts";
import { type Account, createClient, goodPassword } from "../support/client.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { exchanges, prepare } from "../support/exchanges.ts";
import type { Exchange } from "../support/factor-exchanges.ts";
import type { Fault, FaultProxy } from "../support/fault.ts";
import { startNeonFaultProxy } from "../support/fault-proxy-neon.ts";
import { startPostgresFaultProxy } from "../support/fault-proxy-pg.ts";
import { recoveries } from "../support/fault-recovery.ts";
import { heavy } from "../support/heavy.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { type Running, startProcess } from "../support/process.ts";
import { watchSecrets } from "../support/secret-watch.ts";
import type { Service } from "../support/service.ts";

const drivers = [
  ["neon", ["cut before", "cut after", "cut short", "500"]],
  ["pg", ["cut before", "cut after", "cut short"]],
] as [string, Fault[]][];

type Try = { name: string; exchange: Exchange; skip: number; fault: Fault };

/**
 * Every statement of every route with every fault in the long run. Else a fault for every other, by turns of the two drivers, and one that is
 * late, which takes as long as a client is let wait.
 */
function triesOf(routes: Record<string, Exchange>, turn: number): Try[] {
  const faults = drivers[turn]?.[1] ?? [];
  const statements = Object.entries(routes).flatMap(([name, exchange]) =>
    name.includes("/dev/")
      ? []
      : Array.from({ length: exchange.budget }, (_, skip) => ({ name, exchange, skip })),
  );
  return statements.flatMap((each, at) => {
    if (heavy)
      return [...faults, ...(at % 3 === turn ? (["late"] as const) : [])].map((fault) => ({
        ...each,
        fault,
      }));
    if (each.name === "get /api/v1/users/me") return [{ ...each, fault: "late" as const }];
    const fault = faults[(at >> 2) % faults.length];
    return fault && at % 4 === turn ? [{ ...each, fault }] : [];
  });
}

let database: TestDatabase;
let neon: NeonServer;

beforeAll(async () => {
  database = await createTestDatabase();
  neon = await startNeonServer();
});

afterAll(async () => {
  await neon?.close();
  await database?.close();
});

describe.each(drivers)("a fault on the way to PostgreSQL, over %s", (driver) => {
  let proxy: FaultProxy;
  let running: Running;
  let service: Service;
  let watch: ReturnType<typeof watchSecrets>;
  let admin: Account;
  let user: Account;

  beforeAll(async () => {
    const url = new URL(database.url);
    const overHttp = driver === "neon";
    proxy = overHttp
      ? await startNeonFaultProxy(neon.endpoint)
      : await startPostgresFaultProxy(Number(url.port));
    if (!overHttp) url.port = String(proxy.port);
    running = await startProcess("built", {
      DATABASE_URL: url.href,
      THROTTLE: "off",
      ISSUER: "http://localhost:8787", // what passkeys of the tests are made for
      ...(overHttp && { NEON_HTTP_ENDPOINT: `http://127.0.0.1:${proxy.port}/sql` }),
    });
    watch = watchSecrets((request) => fetch(request));
    const client = createClient(watch.send, running.origin);
    const clock = { now: () => new Date(), offsetSeconds: 0 };
    service = { ...client, database, deps: { clock } } as unknown as Service;
    admin = await service.signUp();
    await database.query("insert into auth.user_roles values ($1, 'admin')", [admin.user.id]);
  });

  afterAll(async () => {
    await running?.stop();
    await proxy?.close();
  });

  /** No delivery of a mail is under way that could come in between. */
  async function settle() {
    await database.query("update auth.outbox set state = 'pending', due_at = now() where state = 'sending'");
    await service.call("POST", "/dev/outbox/drain");
  }

  async function tryOne({ name, exchange, skip, fault }: Try, isAgain = false): Promise<boolean> {
    user = await service.signUp();
    const { sent, ask } = await prepare(service, [name, exchange], user);
    await settle();
    proxy.arm(fault, skip);
    const startedAt = performance.now();
    const first = await ask();
    const tookMs = performance.now() - startedAt;
    const isHit = proxy.disarm();
    // The work of each minute came in between, and took the fault. Twice would be no accident.
    if (isHit && first.status === exchange.status && !isAgain) {
      return tryOne({ name, exchange, skip, fault }, true);
    }
    const what = `${name}, statement ${skip + 1}, ${fault}`;
    // The feed is not asked of the database again for some seconds after a failure.
    const mayPause = name === "get /.well-known/revocations";
    const isTold = first.status === 503 && Number(first.headers.get("retry-after")) > 0;
    expect([what, isTold || (!isHit && first.status === exchange.status)]).toEqual([what, true]);
    expect([what, tookMs < 5000]).toEqual([what, true]);
    const again = await ask();
    if (again.status === exchange.status || (mayPause && again.status === 503)) return isHit;
    // It had taken effect, and cannot once more.
    const recovery = recoveries(service, () => user)[name];
    expect([what, again.status]).toEqual([what, recovery?.status]);
    expect([what, fault === "cut before" || fault === "500"]).toEqual([what, false]);
    const status = await recovery?.goOn(sent);
    expect([what, status ?? 500]).toEqual([what, expect.toSatisfy((each: number) => each < 300)]);
    return isHit;
  }

  it("leaves no half state, is told as 503 within five seconds, and can be gone on from", async () => {
    const routes = exchanges(service, { admin: () => admin, user: () => user });
    const tries = triesOf(routes, driver === "neon" ? 0 : 1);
    let hits = 0;
    for (const each of tries) hits += (await tryOne(each)) ? 1 : 0;
    console.log(`${hits} of ${tries.length} statements met their fault`);
    expect(hits).toBeGreaterThan(tries.length * 0.7);
    expect(watch.count()).toBeGreaterThan(tries.length);
    expect(await watch.found(running.lines, database)).toEqual([]);
    expect(await watch.found([goodPassword], database)).toEqual([`logs: ${goodPassword}`]);
    expect(await brokenInvariants(database)).toEqual({});
  }, 1_800_000);
});

it("would notice a half state", async () => {
  expect(await brokenInvariants(database)).toEqual({});
  await database.query(
    "update auth.users set has_totp = true, passkeys = 1 where not has_totp and passkeys = 0",
  );
  expect(Object.keys(await brokenInvariants(database))).toEqual([
    "users with an app that is not there, or without the one that is",
    "users with another number of passkeys",
  ]);
});
