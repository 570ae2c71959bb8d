import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type NeonServer, startNeonServer } from "../../scripts/neon-server.ts";
import { type Client, createClient, freshEmail, goodPassword, type Reply } from "../support/client.ts";
import { heavy } from "../support/heavy.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { type KillablePostgres, startKillablePostgres } from "../support/killable-postgres.ts";
import { createLoad } from "../support/mixed-load.ts";
import { type Running, startProcess } from "../support/process.ts";
import { watchSecrets } from "../support/secret-watch.ts";

const kills = heavy ? 200 : 4;

let postgres: KillablePostgres;
let neon: NeonServer;
let processes: Running[] = [];
const watch = watchSecrets((request) => fetch(request));
const clientOf = ({ origin }: Running) => createClient(watch.send, origin);

beforeAll(async () => {
  postgres = await startKillablePostgres();
  neon = await startNeonServer();
  const shared = { DATABASE_URL: postgres.url, ISSUER: "http://localhost:8787" };
  const overHttp = { ...shared, NEON_HTTP_ENDPOINT: neon.endpoint };
  processes = await Promise.all([
    startProcess("built", { ...shared, THROTTLE: "off" }),
    startProcess("built", { ...overHttp, THROTTLE: "off" }),
    startProcess("built", shared),
  ]);
}, 60_000);

afterAll(async () => {
  await Promise.all(processes.map(({ stop }) => stop()));
  await neon?.close();
  await postgres?.remove();
});

async function killAndRestart(downMs: number) {
  await postgres.kill();
  await new Promise((wake) => setTimeout(wake, downMs));
  await postgres.restart();
}

const pause = (ms: number) => new Promise((wake) => setTimeout(wake, ms));

describe("kill -9 of PostgreSQL", () => {
  it(`under mixed load, ${kills} times: all that was acknowledged is there, and nothing by halves`, async () => {
    const [byPg, byHttp] = processes.map(clientOf) as [Client, Client];
    const load = createLoad([byPg, byHttp], heavy ? 8 : 6);
    await load.start();
    const startedAt = performance.now();
    let saidAt = 0;
    for (let kill = 1; kill <= kills; kill++) {
      await pause(100 + Math.random() * 700);
      await killAndRestart(Math.random() * 300);
      const upAt = performance.now();
      for (const client of [byPg, byHttp]) await untilServed(client);
      expect(performance.now() - upAt).toBeLessThan(5000);
      if (heavy && performance.now() - saidAt > 1000) {
        saidAt = performance.now();
        console.log(
          `${kill} of ${kills} kills, ${load.counts()}, ${((saidAt - startedAt) / 1000).toFixed(0)} s`,
        );
      }
    }
    await load.stop();
    console.log(load.counts());
    expect(load.oddities()).toEqual([]);
    expect(load.acknowledged()).toBeGreaterThan(kills * 10);
    expect(await load.lost(postgres)).toEqual([]);
    expect(await brokenInvariants(postgres)).toEqual({});
    expect(
      await watch.found(
        processes.flatMap(({ lines }) => lines),
        postgres,
      ),
    ).toEqual([]);
  }, 3_600_000);

  it("gives an account no new guesses", async () => {
    const client = clientOf(processes[2] as Running);
    const { email } = await client.signUp();
    const guess = () => client.logIn(email, "Wrong-horse-7");
    for (let count = 0; count < 7; count++) expect((await guess()).status).toBe(401);
    await killAndRestart(0);
    await untilServed(client);
    const replies: Reply<unknown>[] = [];
    for (let count = 0; count < 8; count++) replies.push(await guess());
    expect(replies.map(({ status }) => status)).toEqual([401, 401, 401, 429, 429, 429, 429, 429]);
    expect((await client.logIn(email, goodPassword)).status).toBe(429);
  }, 60_000);
});

/** Until a statement is answered again. */
async function untilServed({ call }: Client): Promise<void> {
  for (;;) {
    const { status } = await call("POST", "auth/password/forgot", { json: { email: freshEmail() } });
    if (status === 202) return;
    await pause(20);
  }
}
