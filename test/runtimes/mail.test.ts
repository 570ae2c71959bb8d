import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { describe, expect, inject, it } from "vitest";
import { startProcess } from "../support/process.ts";
import { readMessage, startSmtpServer } from "../support/smtp.ts";
import { startWorkerd } from "../support/workerd.ts";

const cloudflare = () => ({
  DATABASE_URL: inject("serverUrl"),
  MAIL_TRANSPORT: "cloudflare",
  MAIL_FROM: "no-reply@acme.example",
});

describe("MAIL_TRANSPORT=cloudflare without the binding", () => {
  it.each(["start:node", "start:deno"] as const)(
    "is refused by %s at start, naming the variable",
    async (script) => {
      await expect(startProcess(script, cloudflare())).rejects.toThrow(/MAIL_TRANSPORT: cloudflare needs/);
    },
  );

  it("is refused on workerd, which serves nothing", async () => {
    const worker = await startWorkerd(cloudflare());
    const reply = await fetch(`${worker.origin}/health/live`);
    expect(reply.status).toBe(503);
    await expect.poll(worker.logs).toContain("MAIL_TRANSPORT: cloudflare needs");
    await worker.stop();
  });
});

describe("Deno, with the permissions of start:deno", () => {
  it("sends over SMTP", async () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as {
      scripts: { "start:deno": string };
    };
    const permissions = scripts["start:deno"].split(" ").filter((word) => word.startsWith("--allow"));
    const server = await startSmtpServer();
    const mail = { id: "1", to: "ada@example.com", subject: "Hello", text: "text", html: "<p>html</p>" };
    // By name, so that it is looked up.
    const url = `smtp://mail:open%20sesame@localhost:${server.port}`;
    const args = [
      "run",
      "--no-prompt",
      ...permissions,
      "test/support/send-mail.ts",
      url,
      JSON.stringify(mail),
    ];
    const child = spawn("node_modules/.bin/deno", args, { stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    child.stderr.on("data", (chunk: Buffer) => {
      errors += chunk;
    });
    const [status] = await once(child, "exit");
    await server.close();
    expect([status, errors]).toEqual([0, ""]);
    expect(server.received).toMatchObject([{ user: "mail", to: ["ada@example.com"] }]);
    expect(readMessage(server.received[0]?.message ?? "").parts["text/html"]).toContain("<p>html</p>");
  });
});
