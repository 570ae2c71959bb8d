import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Client, createClient, type Tokens } from "../support/client.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { enrol, halfSignIn, showCode } from "../support/factors.ts";
import { type Running, startProcess } from "../support/process.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database?.close());

const start = (more: Record<string, string> = {}) =>
  startProcess("built", { DATABASE_URL: database.url, ISSUER: "http://localhost:8787", ...more });

const clientOf = ({ origin }: Running) => createClient((request) => fetch(request), origin);

const isLive = async ({ call }: Client, token: string) =>
  (await call("GET", "users/me", { token })).status === 200;

describe("two processes whose clocks are 90 s fast and 90 s slow", () => {
  let processes: Running[] = [];
  let fast: Client;
  let slow: Client;

  beforeAll(async () => {
    const NODE_OPTIONS = `--import=${pathToFileURL("test/support/skewed-clock.js").href}`;
    processes = await Promise.all([
      start({ NODE_OPTIONS, SKEW_MS: "90000" }),
      start({ NODE_OPTIONS, SKEW_MS: "-90000" }),
    ]);
    [fast, slow] = processes.map(clientOf) as [Client, Client];
  });

  afterAll(() => Promise.all(processes.map(({ stop }) => stop())));

  it("are as far apart as that", async () => {
    const [one, other] = await Promise.all([fast, slow].map(({ signUp }) => signUp()));
    const issuedAt = (token = "") =>
      (JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { iat: number }).iat;
    const gap = issuedAt(one?.access_token) - issuedAt(other?.access_token);
    expect(gap).toBeGreaterThan(170);
    expect(gap).toBeLessThan(190);
  });

  it("take each other's tokens, refresh in turn, and end a session for both", async () => {
    for (const [first, second] of [
      [fast, slow],
      [slow, fast],
    ] as const) {
      let tokens: Tokens = await first.signUp();
      for (let turn = 0; turn < 6; turn++) {
        const [here, there] = turn % 2 ? [first, second] : [second, first];
        expect(await isLive(here, tokens.access_token)).toBe(true);
        const lost = await here.refresh(tokens.refresh_token);
        const again = await there.refresh(tokens.refresh_token);
        expect([again.status, again.body.refresh_token]).toEqual([200, lost.body.refresh_token]);
        tokens = again.body;
      }
      await first.call("POST", "auth/logout", { json: { refresh_token: tokens.refresh_token } });
      expect(await isLive(second, tokens.access_token)).toBe(false);
      expect((await second.refresh(tokens.refresh_token)).status).toBe(401);
    }
  });

  it("take the links and steps that the other began", async () => {
    for (const [first, second] of [
      [fast, slow],
      [slow, fast],
    ] as const) {
      const account = await first.signUp();
      const { email } = account;
      const { body } = await first.call<{ flow_id: string }>("POST", "auth/magic-link", { json: { email } });
      const { token } = await first.mailTo(email, "magic_link");
      const json = { flow_id: body.flow_id, token };
      expect((await second.call("POST", "auth/magic-link/verify", { json })).status).toBe(200);
      await first.call("POST", "auth/password/forgot", { json: { email } });
      const reset = await first.mailTo(email, "password_reset");
      const chosen = { token: reset.token, new_password: "Another-horse-8" };
      expect((await second.call("POST", "auth/password/reset", { json: chosen })).status).toBe(204);
    }
  });

  it("finish a sign-in that waits for its second factor, begun by the other", async () => {
    for (const [first, second] of [
      [fast, slow],
      [slow, fast],
    ] as const) {
      // Codes go by the database's time, which is that of the app.
      const account = await enrol(first);
      const reply = await showCode(second, await halfSignIn(first, account), account.code());
      expect(reply.status).toBe(200);
    }
  });
});

describe("two processes that are restarted in turn", () => {
  it("lose no session, and no refresh", async () => {
    const processes = await Promise.all([start(), start()]);
    let tokens: Tokens = await clientOf(processes[0] as Running).signUp();
    const { access_token: first } = tokens;
    for (let turn = 0; turn < 4; turn++) {
      const [leaving, staying] = turn % 2 ? [1, 0] : [0, 1];
      const reply = await clientOf(processes[leaving] as Running).refresh(tokens.refresh_token);
      expect(reply.status).toBe(200);
      tokens = reply.body;
      const stopping = processes[leaving]?.stop();
      expect(await isLive(clientOf(processes[staying] as Running), tokens.access_token)).toBe(true);
      await stopping;
      processes[leaving] = await start();
      expect(await isLive(clientOf(processes[leaving] as Running), first)).toBe(true);
    }
    await Promise.all(processes.map(({ stop }) => stop()));
  });
});
