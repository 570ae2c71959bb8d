import { createServer, type Socket } from "node:net";
import type { SMTPServerOptions } from "smtp-server";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createTestHarness } from "wrangler";
import type { SmtpEndpoint } from "../../src/adapters/smtp-endpoint.ts";
import { deliver } from "../../src/adapters/smtp-session.ts";
import { MailRefused } from "../../src/ports.ts";
import { connectNode } from "../support/node-socket.ts";
import { readMessage, smtpError, startSmtpServer } from "../support/smtp.ts";

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

async function start(options: SMTPServerOptions = {}) {
  const server = await startSmtpServer(options);
  open.push(server.close);
  return server;
}

/** A server that says what it is told to, line by line, and keeps what it hears. */
async function startScript(answer: (heard: string, socket: Socket) => void) {
  const heard: string[] = [];
  const server = createServer((socket) => {
    open.push(async () => socket.destroy());
    socket.on("error", () => undefined);
    socket.write("220 here\r\n");
    socket.on("data", (chunk) => {
      heard.push(chunk.toString().trim());
      answer(chunk.toString(), socket);
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  open.push(async () => server.close());
  return { heard, port: (server.address() as { port: number }).port };
}

describe("an SMTP session", () => {
  const credentials = { user: "grüße", password: "open sesame" };
  const envelope = {
    from: "no-reply@acme.example",
    to: "ada@example.com",
    data: "Subject: hi\r\n\r\nhello\r\n",
  };
  const endpoint = (port: number, changes: Partial<SmtpEndpoint> = {}): SmtpEndpoint => ({
    host: "127.0.0.1",
    port,
    implicitTls: false,
    requireStartTls: true,
    credentials,
    ...changes,
  });

  it.each([
    ["STARTTLS", false],
    ["implicit TLS", true],
  ])("logs in and delivers under %s", async (_, secure) => {
    const { port, received, logins } = await start({ secure });
    const to = endpoint(port, { implicitTls: secure, requireStartTls: !secure });
    await deliver(connectNode, to, envelope);
    expect(logins).toEqual([{ user: "grüße", secure: true }]);
    expect(received).toEqual([
      {
        from: "no-reply@acme.example",
        to: ["ada@example.com"],
        user: "grüße",
        secure: true,
        greeting: "acme.example",
        message: envelope.data,
      },
    ]);
  });

  it("uses AUTH LOGIN where that is all there is", async () => {
    const { port, received } = await start({ authMethods: ["LOGIN"] });
    await deliver(connectNode, endpoint(port), envelope);
    expect(received).toMatchObject([{ user: "grüße" }]);
  });

  it("tells a server without STARTTLS neither password nor mail (RFC 8314 §4.1)", async () => {
    const { port, received, logins } = await start({ disabledCommands: ["STARTTLS"] });
    await expect(deliver(connectNode, endpoint(port), envelope)).rejects.toThrow("SMTP no STARTTLS offered");
    expect([...logins, ...received]).toEqual([]);
  });

  it("gives up when text comes along with the answer to STARTTLS (CVE-2011-0411)", async () => {
    const { port, heard } = await startScript((text, socket) =>
      socket.write(text.startsWith("EHLO") ? "250-here\r\n250 STARTTLS\r\n" : "220 go\r\n250 AUTH PLAIN\r\n"),
    );
    await expect(deliver(connectNode, endpoint(port), envelope)).rejects.toThrow("SMTP text after STARTTLS");
    expect(heard).toEqual(["EHLO acme.example", "STARTTLS"]);
  });

  it("ends with an error when the server hangs up in the middle of a reply", async () => {
    const { port } = await startScript((_, socket) => socket.end("250-here\r\n25"));
    await expect(deliver(connectNode, endpoint(port), envelope)).rejects.toThrow("SMTP the connection ended");
  });

  it("waits a minute in all for a server that says nothing", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    open.push(async () => vi.useRealTimers());
    const { port, heard } = await startScript(() => undefined);
    let ended = "";
    const sending = deliver(connectNode, endpoint(port), envelope).catch((error: Error) => {
      ended = error.message;
    });
    while (heard.length === 0) await new Promise((turn) => setImmediate(turn));
    vi.advanceTimersByTime(59_000);
    for (let turns = 0; turns < 50; turns++) await new Promise((turn) => setImmediate(turn));
    expect(ended).toBe("");
    vi.advanceTimersByTime(1000);
    await sending;
    expect(ended).toMatch(/^SMTP /);
  });

  it("reads a reply that comes in pieces", async () => {
    const { port, heard } = await startScript((text, socket) => {
      if (!text.startsWith("EHLO")) return void socket.write("554 no\r\n");
      socket.write("250-he");
      setTimeout(() => socket.write("re\r\n250-AUTH PLAIN\r"), 30);
      setTimeout(() => socket.write("\n250 SIZE\r\n"), 60);
    });
    const local = endpoint(port, { requireStartTls: false, credentials: undefined });
    await expect(deliver(connectNode, local, envelope)).rejects.toThrow("SMTP 554 to MAIL FROM");
    expect(heard.at(-1)).toBe("MAIL FROM:<no-reply@acme.example>");
  });

  it.each<[string, SMTPServerOptions, boolean, string]>([
    ["a recipient for good", refuseRecipient(550, "5.1.1 no ada"), true, "SMTP 550 5.1.1 to RCPT TO"],
    ["a recipient for now", refuseRecipient(450, "4.2.1 ada"), false, "SMTP 450 4.2.1 to RCPT TO"],
    ["a message for good", refuseMessage(554, "5.7.1 spam"), true, "SMTP 554 5.7.1 to DATA"],
    ["a message for now", refuseMessage(452, "4.3.1 full"), false, "SMTP 452 4.3.1 to DATA"],
    ["a sender", refuseSender(550, "5.7.1 you"), false, "SMTP 550 5.7.1 to MAIL FROM"],
  ])("tells apart who refuses %s", async (_, options, final, message) => {
    const { port } = await start(options);
    const error = await deliver(connectNode, endpoint(port), envelope).catch((thrown: Error) => thrown);
    expect([error instanceof MailRefused, (error as Error).message]).toEqual([final, message]);
  });

  it("takes a refused password for the operator's to mend", async () => {
    const { port } = await start();
    const wrong = endpoint(port, { credentials: { user: "ada", password: "wrong" } });
    const error = await deliver(connectNode, wrong, envelope).catch((thrown: Error) => thrown);
    expect([error instanceof MailRefused, (error as Error).message]).toEqual([
      false,
      "SMTP 535 5.7.8 to AUTH",
    ]);
  });
});

function refuseRecipient(code: number, text: string): SMTPServerOptions {
  return { onRcptTo: (_, __, done) => done(smtpError(code, text)) };
}

function refuseSender(code: number, text: string): SMTPServerOptions {
  return { onMailFrom: (_, __, done) => done(smtpError(code, text)) };
}

function refuseMessage(code: number, text: string): SMTPServerOptions {
  return {
    onData: (stream, _, done) => {
      stream.resume();
      stream.on("end", () => done(smtpError(code, text)));
    },
  };
}

describe("the SMTP mailer on workerd", () => {
  const harness = createTestHarness({ workers: [{ configPath: "test/support/smtp-worker.toml" }] });
  const from = { name: "Grüße", address: "no-reply@acme.example" };
  const mail = {
    id: "0199b1c0-0000-7000-8000-000000000001",
    to: "Ada@bücher.example",
    subject: "Grüße von uns",
    text: "Grüße,\n.ein Punkt\n",
    html: `<p>${"lang ".repeat(60)}</p>`,
  };
  let origin: string;
  beforeAll(async () => {
    origin = (await harness.listen()).url.origin;
  });
  afterAll(() => harness.close());

  async function send(url: string, changes: Partial<typeof mail> = {}): Promise<[string, string]> {
    const body = JSON.stringify({ url, from, mail: { ...mail, ...changes } });
    const reply = await fetch(origin, { method: "POST", body, signal: AbortSignal.timeout(10_000) });
    return reply.json() as Promise<[string, string]>;
  }

  it("delivers both bodies with our fields", async () => {
    const { port, received } = await start();
    expect(await send(`smtp://mail:open%20sesame@127.0.0.1:${port}`)).toEqual(["sent", ""]);
    const [{ message = "", ...envelope } = {}] = received;
    expect(envelope).toMatchObject({ from: from.address, to: ["Ada@bücher.example"], user: "mail" });
    const { fields, parts } = readMessage(message);
    expect(fields).toMatchObject({
      From: "=?utf-8?B?R3LDvMOfZQ==?= <no-reply@acme.example>",
      To: "Ada@xn--bcher-kva.example",
      "Message-ID": `<${mail.id}@acme.example>`,
      "Auto-Submitted": "auto-generated",
      "X-Entity-Ref-ID": mail.id,
    });
    expect(parts).toEqual({ "text/plain": mail.text.replaceAll("\n", "\r\n"), "text/html": mail.html });
  });

  it("refuses what the server refuses, and an injection before it connects", async () => {
    const { port, received } = await start(refuseRecipient(550, "5.1.1 no"));
    const url = `smtp://127.0.0.1:${port}`;
    expect(await send(url)).toEqual(["refused", "SMTP 550 5.1.1 to RCPT TO"]);
    expect((await send(url, { to: "a@b.example>\r\nDATA" }))[0]).toBe("refused");
    expect((await send(url, { subject: "a\r\nBcc: b" }))[0]).toBe("refused");
    expect(received).toEqual([]);
  });

  it("is freed at once by a server that hangs up, and serves others meanwhile", async () => {
    const { port } = await startScript((_, socket) => socket.end());
    const sent = send(`smtp://127.0.0.1:${port}`);
    expect(await (await fetch(origin, { signal: AbortSignal.timeout(5000) })).text()).toBe("alive");
    expect(await sent).toEqual(["later", "SMTP the connection ended"]);
    expect((await send("smtp://127.0.0.1:1"))[0]).toBe("later");
  });
});
