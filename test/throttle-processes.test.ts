import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Client, createClient, freshIp, goodPassword } from "./support/client.ts";
import { createTestDatabase, type TestDatabase } from "./support/database.ts";
import { testEnvironment } from "./support/environment.ts";
import { inParallel, tally } from "./support/heavy.ts";
import { type Running, startProcess } from "./support/process.ts";

let database: TestDatabase;
let processes: Running[] = [];
let clients: Client[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  const environment = {
    ...testEnvironment(),
    DATABASE_URL: database.url,
    TRUSTED_PROXIES: "127.0.0.0/8,::1/128",
  };
  const { ISSUER: _, ...shared } = environment as Record<string, string>;
  processes = await Promise.all([startProcess("built", shared), startProcess("built", shared)]);
  clients = processes.map(({ origin }) =>
    createClient((request, ip) => {
      request.headers.set("x-forwarded-for", ip);
      return fetch(request);
    }, origin),
  );
});

afterAll(async () => {
  await Promise.all(processes.map(({ stop }) => stop()));
  await database?.close();
});

describe("throttling over two processes", () => {
  it("lets exactly the limit of 100 parallel wrong logins through to the hasher", async () => {
    const [first, second] = clients as [Client, Client];
    const { email } = await first.signUp();
    const ip = freshIp();
    const replies = await inParallel(100, (index) =>
      (index % 2 ? first : second).logIn(email, "Wrong-horse-7", ip),
    );
    expect(tally(replies.map(({ status }) => status))).toEqual({ 401: 10, 429: 90 });
    const refused = await database.query(
      "select 1 from auth.audit_events e join auth.users u on u.id = e.subject_id where e.action = 'login.refused' and u.email = $1",
      [email],
    );
    expect(refused).toHaveLength(10);
  });

  it("counts an attempt that one limit refused in no wider one", async () => {
    const [first] = clients as [Client, Client];
    const { email } = await first.signUp();
    const ip = freshIp();
    await inParallel(100, () => first.logIn(email, "Wrong-horse-7", ip));
    const [most] = await database.query<{ max: number }>("select max(attempts) from auth.throttle_windows");
    expect(most?.max).toBe(10);
    expect((await first.logIn(email, goodPassword)).status).toBe(200);
  });
});
