import { request } from "node:http";
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Client, createClient, type Tokens } from "../support/client.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { testEnvironment } from "../support/environment.ts";
import { heavy, inParallel } from "../support/heavy.ts";
import { type Running, startProcess } from "../support/process.ts";
import { runForEnvironment } from "../support/script.ts";

const issuer = "http://localhost:8787";
const [seconds, workers] = [60, 4];

let database: TestDatabase;
let processes: Running[] = [];
let environment: Record<string, string> = {};

beforeAll(async () => {
  if (!heavy) return;
  database = await createTestDatabase();
  const settings = { THROTTLE: "off", ISSUER: issuer, DATABASE_URL: database.url };
  environment = testEnvironment(settings);
  processes = await Promise.all([
    startProcess("start:node", environment),
    startProcess("start:node", environment),
  ]);
});

afterAll(async () => {
  await Promise.all(processes.map(({ stop }) => stop()));
  await database?.close();
});

let turn = 0;

/** To one process after the other, over a new connection each time. */
async function send(original: Request): Promise<Response> {
  const body = Buffer.from(await original.arrayBuffer());
  turn += 1;
  const { origin = "" } = processes[turn % processes.length] ?? {};
  const url = new URL(new URL(original.url).pathname, origin);
  return new Promise<Response>((answered, failed) => {
    const headers = Object.fromEntries(original.headers);
    const sent = request(url, { method: original.method, headers, agent: false }, (reply) => {
      const parts: Buffer[] = [];
      reply.on("data", (part: Buffer) => parts.push(part));
      reply.on("error", failed);
      reply.on("end", () => {
        const status = reply.statusCode ?? 0;
        const given = { "content-type": reply.headers["content-type"] ?? "" };
        answered(new Response(Buffer.concat(parts), { status, headers: given }));
      });
    });
    sent.on("error", failed).end(body);
  });
}

const client: Client = createClient(send, issuer);
const wait = (ms: number) => new Promise((wake) => setTimeout(wake, ms));

/** Sets what the command prints, and restarts one process after the other. The waiting is by the command's clock. */
async function rotate(step: "publish" | "sign" | "retire", offset: number): Promise<void> {
  const at = { ...environment, CLOCK_OFFSET_SECONDS: String(offset) };
  const calls = [[], ["refresh", step], ["encryption", step]];
  for (const { status, stderr, set } of await Promise.all(
    calls.map((args) => runForEnvironment("rotate-keys", args, at)),
  )) {
    expect(status, stderr).toBe(0);
    environment = { ...environment, ...set };
  }
  for (const process of [...processes]) {
    const successor = await startProcess("start:node", environment);
    processes = processes.map((each) => (each === process ? successor : each));
    // As a load balancer does: no more requests, then the end of those under way.
    await wait(500);
    await process.stop();
  }
}

describe.runIf(heavy)("a rotation of all keys, live", () => {
  it(`refuses nobody in ${seconds} s of sign-ins and refreshes while processes are restarted in turn`, {
    timeout: 300_000,
  }, async () => {
    const counts: Record<string, number> = {};
    const refused: string[] = [];
    const end = performance.now() + seconds * 1000;
    let running = true;
    const note = (name: string, status: number, text: string) => {
      counts[name] = (counts[name] ?? 0) + 1;
      if (status !== 200) refused.push(`${name} ${status} ${text}`);
    };

    // Another service, which fetches the key set every five seconds and never on demand.
    let keys: JSONWebKeySet = { keys: [] };
    const fetchKeys = async () => {
      keys = (await client.call<JSONWebKeySet>("GET", "/.well-known/jwks.json")).body;
    };
    const verifier = (async () => {
      for (; running; await wait(5000)) await fetchKeys();
    })();
    await fetchKeys();
    const verify = (token: string) =>
      jwtVerify(token, createLocalJWKSet(keys), { issuer, audience: issuer, typ: "at+jwt" }).then(
        () => note("verified elsewhere", 200, ""),
        (error: Error) => note("verified elsewhere", 401, error.message),
      );

    // Whoever is signed in shows no token for longer than a few seconds: lives of days are for the test by clock offset.
    const load = inParallel(workers, async () => {
      const { email } = await client.signUp();
      while (running) {
        const login = await client.logIn(email);
        note("sign-in", login.status, login.text);
        let tokens: Tokens = login.body;
        for (let i = 0; i < 5; i++) {
          const me = await client.call("GET", "users/me", { token: tokens.access_token });
          note("users/me", me.status, me.text);
          await verify(tokens.access_token);
          const rotated = await client.refresh(tokens.refresh_token);
          note("refresh", rotated.status, rotated.text);
          tokens = rotated.body;
          await wait(100);
        }
      }
    });
    await wait(5000);
    await rotate("publish", 0);
    await wait(6000);
    await rotate("sign", 700);
    await wait(6000);
    await rotate("retire", 8 * 86_400);
    await wait(Math.max(5000, end - performance.now()));
    running = false;
    await Promise.all([load, verifier]);
    console.log(`${JSON.stringify(counts)}, ${refused.length} tokens refused`);
    expect(refused).toEqual([]);
    expect(keys.keys).toHaveLength(1);
  });
});
