import { Agent, request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { type Running, startProcess } from "../support/process.ts";

let database: TestDatabase;
let running: Running;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

beforeAll(async () => {
  database = await createTestDatabase();
  running = await startProcess("built", { DATABASE_URL: database.url, MAIL_TRANSPORT: "none" });
});
afterAll(async () => {
  agent.destroy();
  await running?.stop();
  await database?.close();
});

/** The status of a POST on the one connection there is. A refusal may come before all is written. */
function post(path: string, type: string, bytes: number): Promise<number | undefined> {
  const headers = { "content-type": type, "content-length": bytes };
  return new Promise((answered, failed) => {
    const sent = request(`${running.origin}/api/v1/${path}`, { method: "POST", agent, headers }, (reply) => {
      reply.resume().on("end", () => answered(reply.statusCode));
    });
    sent.on("error", failed).end(Buffer.alloc(bytes, 32));
  });
}

describe("on Node, a refusal that comes before the whole body", () => {
  it("does not cost the client its next request", async () => {
    for (let i = 0; i < 5; i++) {
      expect(await post("auth/login", "application/json", 300_000)).toBe(413);
      expect(await post("auth/login", "application/json", 10)).toBe(400);
      expect(await post("admin/users/import", "application/x-ndjson", 300_000)).toBe(401);
      expect(await post("auth/login", "application/json", 10)).toBe(400);
    }
  });
});

describe("without a mail transport", () => {
  it("the log says at start that no mail leaves", () => {
    expect(running.lines.some((line) => line.includes('"mail.off"'))).toBe(true);
  });
});
