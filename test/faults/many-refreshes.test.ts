import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config.ts";
import type { Grant } from "../../src/token/grant.ts";
import { loadKeys } from "../../src/token/keys.ts";
import { mintRefreshToken } from "../../src/token/refresh-token.ts";
import { type Client, createClient } from "../support/client.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { testEnvironment } from "../support/environment.ts";
import { heavy, inParallel, tally } from "../support/heavy.ts";
import { type Running, startProcess } from "../support/process.ts";

const issuer = "http://localhost:8787";
const [different, lost] = heavy ? [10_000, 1000] : [400, 100];
/** So many at once: a connection each. */
const atOnce = 100;

let database: TestDatabase;
let processes: [Running, Running];
let clients: [Client, Client];
let tokens: string[];

beforeAll(async () => {
  database = await createTestDatabase();
  const environment = { DATABASE_URL: database.url, ISSUER: issuer };
  processes = await Promise.all([startProcess("built", environment), startProcess("built", environment)]);
  clients = processes.map(({ origin }) => createClient((sent) => fetch(sent), origin)) as [Client, Client];
  const { user } = await clients[0].signUp();
  tokens = await tokensOf(await openSessions(user.id, different + lost));
});

afterAll(async () => {
  await Promise.all(processes.map(({ stop }) => stop()));
  await database?.close();
});

type Session = { id: string; user_id: string; rotated_at: string; expires_at: string };

/** As sign-ins would, without a hash each. */
function openSessions(userId: string, count: number): Promise<Session[]> {
  return database.query<Session>(
    `insert into auth.sessions (id, user_id, client_id, epoch, rotated_at, created_at, last_used_at, expires_at, amr, acr, auth_time, ip, network)
     select gen_random_uuid(), u.id, 'gatehouse', u.security_epoch, t.now, t.now, t.now, t.now + interval '7 days', '{pwd}',
       'urn:gatehouse:acr:1', t.now, '127.0.0.1', '127.0.0.1'
     from auth.users u, (select date_trunc('second', now()) as now) t, generate_series(1, $2) where u.id = $1
     returning id, user_id, extract(epoch from rotated_at)::int as rotated_at, extract(epoch from expires_at)::int as expires_at`,
    [userId, count],
  );
}

async function tokensOf(sessions: Session[]): Promise<string[]> {
  const config = parseConfig(testEnvironment({ DATABASE_URL: database.url, ISSUER: issuer }));
  const deps = { config, keys: await loadKeys(config) };
  return Promise.all(
    sessions.map((session) => {
      const grant = {
        sessionId: session.id,
        userId: session.user_id,
        generation: 0,
        rotatedAt: session.rotated_at,
        expiresAt: session.expires_at,
      };
      return mintRefreshToken(deps, grant as unknown as Grant);
    }),
  );
}

async function inBatches<T>(all: readonly string[], work: (token: string) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let at = 0; at < all.length; at += atOnce) {
    const batch = all.slice(at, at + atOnce);
    results.push(...(await inParallel(batch.length, (index) => work(batch[index] ?? ""))));
  }
  return results;
}

/** Sends a refresh and hangs up as soon as the reply has begun, so that its client never has it. */
function refreshAndLose(origin: string, refresh_token: string): Promise<number> {
  return new Promise((done, failed) => {
    const headers = { "content-type": "application/json" };
    const sent = request(
      `${origin}/api/v1/auth/refresh`,
      { method: "POST", headers, agent: false },
      (reply) => {
        reply.destroy();
        done(reply.statusCode ?? 0);
      },
    );
    sent.once("error", failed).end(JSON.stringify({ refresh_token }));
  });
}

describe("over two processes", () => {
  it(`${different} refresh tokens, each shown to both at once, give one successor each`, async () => {
    const outcomes = await inBatches(tokens.slice(0, different), async (token) => {
      const replies = await Promise.all(clients.map(({ refresh }) => refresh(token)));
      const successors = new Set(replies.map(({ body }) => body.refresh_token));
      return `${replies.map(({ status }) => status).join(" ")}, ${successors.size}`;
    });
    expect(tally(outcomes)).toEqual({ "200 200, 1": different });
    const [row] = await database.query<{ most: number; rotated: number }>(
      "select max(generation)::int as most, count(*) filter (where generation = 1)::int as rotated from auth.sessions",
    );
    expect(row).toEqual({ most: 1, rotated: different });
  }, 600_000);

  it(`${lost} replies that were lost are had again within the grace, by the other process`, async () => {
    const outcomes = await inBatches(tokens.slice(different), async (token) => {
      const first = await refreshAndLose(processes[0].origin, token);
      const again = await clients[1].refresh(token);
      const next = await clients[0].refresh(again.body.refresh_token);
      return [first, again.status, next.status].join(" ");
    });
    expect(tally(outcomes)).toEqual({ "200 200 200": lost });
  }, 600_000);
});
