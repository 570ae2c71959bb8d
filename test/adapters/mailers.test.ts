import { createServer, type IncomingHttpHeaders } from "node:http";
import type { SMTPServerOptions } from "smtp-server";
import { afterEach, describe, expect, it } from "vitest";
import { cloudflareMailer } from "../../src/adapters/mailer-cloudflare.ts";
import { nodemailerMailer } from "../../src/adapters/mailer-nodemailer.ts";
import { postmarkMailer } from "../../src/adapters/mailer-postmark.ts";
import { resendMailer } from "../../src/adapters/mailer-resend.ts";
import { type Mail, type Mailer, MailRefused } from "../../src/ports.ts";
import { readMessage, smtpError, startSmtpServer } from "../support/smtp.ts";

const from = { name: 'Grüße, "Acme"', address: "no-reply@acme.example" };
const mail: Mail = {
  id: "0199b1c0-0000-7000-8000-000000000001",
  to: "Ada@bücher.example",
  subject: "Sign in to Grüße",
  template: "magic_link",
  text: "Hello\n.a line with a dot\n",
  html: "<p>Grüße</p>",
  link: "https://auth.example.com/magic-link?token=secret-token",
  token: "secret-token",
  code: "12345678",
};

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

/** What sending comes to: "sent", "refused" or "later", and the message of its error. */
async function outcome(mailer: Mailer, changes: Partial<Mail> = {}): Promise<[string, string]> {
  try {
    await mailer.send({ ...mail, ...changes });
    return ["sent", ""];
  } catch (error) {
    const { message, cause } = error as Error;
    for (const secret of ["Ada", "cher.example", "secret", "open sesame", "Hello", "key-1"]) {
      expect(`${message} ${JSON.stringify(error)} ${String(cause)}`).not.toContain(secret);
    }
    return [error instanceof MailRefused ? "refused" : "later", message];
  }
}

type Call = { method: string; url: string; headers: IncomingHttpHeaders; body: Record<string, unknown> };

/** An API that answers every request as told and remembers it. */
async function startApi(answer: { status: number; body?: string; location?: string }) {
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { method = "", url = "", headers } = request;
    calls.push({ method, url, headers, body: JSON.parse(body) });
    response.writeHead(answer.status, answer.location ? { location: answer.location } : {});
    response.end(answer.body ?? "{}");
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  open.push(() => new Promise((closed) => server.close(closed)));
  return { calls, baseUrl: `http://127.0.0.1:${(server.address() as { port: number }).port}` };
}

describe("Resend", () => {
  it("gets the mail as its API asks, with an idempotency key that is the mail's id", async () => {
    const { calls, baseUrl } = await startApi({ status: 200, body: '{"id":"1"}' });
    expect(await outcome(resendMailer("key-1", from, { baseUrl }))).toEqual(["sent", ""]);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({
      method: "POST",
      url: "/emails",
      headers: {
        authorization: "Bearer key-1",
        "content-type": "application/json",
        "idempotency-key": mail.id,
      },
    });
    expect(calls[0]?.body).toEqual({
      from: '"Grüße, \\"Acme\\"" <no-reply@acme.example>',
      to: ["Ada@xn--bcher-kva.example"],
      subject: mail.subject,
      text: mail.text,
      html: mail.html,
      headers: { "Auto-Submitted": "auto-generated", "X-Entity-Ref-ID": mail.id },
    });
  });

  it.each([
    [422, '{"name":"validation_error","message":"Ada@… is wrong"}', "refused", "Resend 422 validation_error"],
    [400, "not json Ada", "refused", "Resend 400"],
    [404, '{"name":"a name of Ada with spaces"}', "refused", "Resend 404"],
    [401, '{"name":"missing_api_key"}', "later", "Resend 401 missing_api_key"],
    [403, '{"name":"invalid_api_key"}', "later", "Resend 403 invalid_api_key"],
    [408, "{}", "later", "Resend 408"],
    [409, '{"name":"concurrent_idempotent_requests"}', "later", "Resend 409 concurrent_idempotent_requests"],
    [425, "{}", "later", "Resend 425"],
    [429, '{"name":"rate_limit_exceeded"}', "later", "Resend 429 rate_limit_exceeded"],
    [500, "<html>", "later", "Resend 500"],
  ])("answering %d means %s", async (status, body, kind, message) => {
    const { baseUrl } = await startApi({ status, body });
    expect(await outcome(resendMailer("key-1", from, { baseUrl }))).toEqual([kind, message]);
  });

  it("is not followed elsewhere with the key", async () => {
    const elsewhere = await startApi({ status: 200 });
    const { baseUrl } = await startApi({ status: 307, location: `${elsewhere.baseUrl}/emails` });
    expect(await outcome(resendMailer("key-1", from, { baseUrl }))).toEqual(["later", "Resend 307"]);
    expect(elsewhere.calls).toEqual([]);
  });

  it("that cannot be reached is tried again", async () => {
    const [kind] = await outcome(resendMailer("key-1", from, { baseUrl: "http://127.0.0.1:1" }));
    expect(kind).toBe("later");
  });
});

describe("Postmark", () => {
  it("gets the mail as its API asks, with no link rewritten to pass through it", async () => {
    const { calls, baseUrl } = await startApi({ status: 200, body: '{"ErrorCode":0}' });
    expect(await outcome(postmarkMailer("key-1", from, { baseUrl }))).toEqual(["sent", ""]);
    expect(calls[0]).toMatchObject({
      method: "POST",
      url: "/email",
      headers: { "x-postmark-server-token": "key-1", accept: "application/json" },
    });
    expect(calls[0]?.body).toEqual({
      From: '"Grüße, \\"Acme\\"" <no-reply@acme.example>',
      To: "Ada@xn--bcher-kva.example",
      Subject: mail.subject,
      TextBody: mail.text,
      HtmlBody: mail.html,
      Headers: [
        { Name: "Auto-Submitted", Value: "auto-generated" },
        { Name: "X-Entity-Ref-ID", Value: mail.id },
      ],
      TrackOpens: false,
      TrackLinks: "None",
    });
  });

  it.each([
    [422, 406, "refused"], // an inactive recipient
    [422, 300, "refused"],
    [422, 400, "later"], // the sender's signature is not there
    [422, 412, "later"], // the account is pending
    [401, 10, "later"],
    [429, 429, "later"],
    [500, 0, "later"],
    [503, 100, "later"],
  ])("answering %d with error code %d means %s", async (status, code, kind) => {
    const { baseUrl } = await startApi({ status, body: JSON.stringify({ ErrorCode: code, Message: "Ada" }) });
    expect(await outcome(postmarkMailer("key-1", from, { baseUrl }))).toEqual([
      kind,
      `Postmark ${status} ${code}`,
    ]);
  });
});

describe("Cloudflare's binding", () => {
  it("gets one message with both bodies and our fields", async () => {
    const messages: unknown[] = [];
    const binding = { send: async (message: unknown) => messages.push(message) };
    expect(await outcome(cloudflareMailer(binding, from))).toEqual(["sent", ""]);
    const { subject, text, html } = mail;
    const headers = { "Auto-Submitted": "auto-generated", "X-Entity-Ref-ID": mail.id };
    const to = "Ada@xn--bcher-kva.example";
    const sender = { email: from.address, name: from.name };
    expect(messages).toEqual([{ from: sender, to, subject, text, html, headers }]);
  });

  it.each([
    ["E_RECIPIENT_SUPPRESSED", "refused"],
    ["E_DELIVERY_FAILED", "refused"],
    ["E_SENDER_NOT_VERIFIED", "later"],
    ["E_RATE_LIMIT_EXCEEDED", "later"],
    ["E_INTERNAL_SERVER_ERROR", "later"],
  ])("throwing %s means %s", async (code, kind) => {
    const binding = { send: () => Promise.reject(Object.assign(new Error(`Ada: ${code}`), { code })) };
    expect(await outcome(cloudflareMailer(binding, from))).toEqual([kind, `Cloudflare ${code}`]);
  });
});

describe("nodemailer", () => {
  async function start(options: SMTPServerOptions = {}) {
    const server = await startSmtpServer(options);
    open.push(server.close);
    const url = (user = "", host = "127.0.0.1") => new URL(`smtp://${user}${host}:${server.port}`);
    return { ...server, url };
  }

  it("delivers both bodies with our fields and the same Message-ID at every attempt", async () => {
    const { url, received } = await start();
    const mailer = nodemailerMailer(url("mail%40acme:open%20sesame@"), from);
    expect([await outcome(mailer), await outcome(mailer)]).toEqual([
      ["sent", ""],
      ["sent", ""],
    ]);
    expect(received).toHaveLength(2);
    for (const { message, ...envelope } of received) {
      expect(envelope).toMatchObject({
        from: "no-reply@acme.example",
        to: ["Ada@bücher.example"], // the server shows the A-label it got so
        user: "mail@acme",
        greeting: "acme.example",
      });
      const { fields, parts } = readMessage(message);
      expect(fields).toMatchObject({
        "Message-ID": `<${mail.id}@acme.example>`,
        "Auto-Submitted": "auto-generated",
        "X-Entity-Ref-ID": mail.id,
        To: "Ada@xn--bcher-kva.example",
      });
      expect(fields.From).toMatch(/<no-reply@acme\.example>$/);
      expect(fields["Content-Type"]).toMatch(/^multipart\/alternative;/);
      expect(parts["text/plain"]).toContain("\r\n.a line with a dot");
      expect(parts["text/html"]).toContain("<p>Grüße</p>");
    }
  });

  it.each([
    [550, "5.1.1 no Ada here", "refused", "SMTP 550 5.1.1 to RCPT TO"],
    [450, "4.2.0 Ada, later", "later", "SMTP 450 4.2.0 to RCPT TO"],
    [530, "5.7.0 log in first", "later", "SMTP 530 5.7.0 to RCPT TO"],
  ])("a recipient answered %d %s means %s", async (code, reply, kind, message) => {
    const { url } = await start({ onRcptTo: (_, __, done) => done(smtpError(code, reply)) });
    expect(await outcome(nodemailerMailer(url(), from))).toEqual([kind, message]);
  });

  it.each([
    [554, "5.7.1 Ada: spam", "refused"],
    [451, "4.3.0 full", "later"],
  ])("a message answered %d %s means %s", async (code, reply, kind) => {
    const { url } = await start({
      onData: (stream, _, done) => {
        stream.resume();
        stream.on("end", () => done(smtpError(code, reply)));
      },
    });
    const [got, message] = await outcome(nodemailerMailer(url(), from));
    expect([got, message]).toEqual([kind, `SMTP ${code} ${reply.slice(0, 5)} to DATA`]);
  });

  it("a refused sender or password is for the operator, so no mail is given up", async () => {
    const { url, logins } = await start({
      onMailFrom: (_, __, done) => done(smtpError(550, "5.7.1 not you")),
    });
    expect(await outcome(nodemailerMailer(url(), from))).toEqual(["later", "SMTP 550 5.7.1 to MAIL FROM"]);
    const [kind, message] = await outcome(nodemailerMailer(url("Ada:secret@"), from));
    expect([kind, message]).toEqual(["later", "SMTP 535 5.7.8 to AUTH PLAIN"]);
    expect(logins).toHaveLength(1);
  });

  it("tells a server that is not this machine nothing before STARTTLS, and does not trust any certificate", async () => {
    const without = await start({ disabledCommands: ["STARTTLS"] });
    // 0.0.0.0 reaches this machine without being one of its loopback names.
    const mailer = nodemailerMailer(without.url("mail:open%20sesame@", "0.0.0.0"), from);
    expect((await outcome(mailer))[0]).toBe("later");
    const untrusted = await start();
    expect((await outcome(nodemailerMailer(untrusted.url("mail:open%20sesame@", "0.0.0.0"), from)))[0]).toBe(
      "later",
    );
    expect([without, untrusted].flatMap(({ logins, received }) => [logins, received]).flat()).toEqual([]);
  });

  it("that nobody answers is tried again", async () => {
    expect(await outcome(nodemailerMailer(new URL("smtp://127.0.0.1:1"), from))).toEqual([
      "later",
      "SMTP ESOCKET ECONNREFUSED",
    ]);
  });
});

describe("every mailer", () => {
  it.each([
    ["a line break in the address", { to: "ada@example.com\r\nBcc: all@example.com" }],
    ["a line break after the address", { to: "ada@example.com\r\n" }],
    ["a comma before the @", { to: "ada,eve@example.com" }],
    ["more than a domain", { to: "ada@example.com/eve" }],
    ["a second address", { to: "ada@example.com,eve@example.com" }],
    ["a named address", { to: "Eve<eve@example.com>" }],
    ["a second @", { to: "ada@eve@example.com" }],
    ["a line break in the subject", { subject: "Hello\r\nBcc: all@example.com" }],
    ["a line break in the id", { id: "1\r\nBcc: all@example.com" }],
  ])("refuses %s, and sends nothing", async (_, changes) => {
    const smtp = await startSmtpServer();
    open.push(smtp.close);
    const api = await startApi({ status: 200 });
    const messages: unknown[] = [];
    const mailers = [
      resendMailer("key-1", from, api),
      postmarkMailer("key-1", from, api),
      cloudflareMailer({ send: async (message) => messages.push(message) }, from),
      nodemailerMailer(new URL(`smtp://127.0.0.1:${smtp.port}`), from),
    ];
    for (const mailer of mailers) {
      await expect(mailer.send({ ...mail, ...changes })).rejects.toThrow(MailRefused);
    }
    expect([...messages, ...api.calls, ...smtp.received]).toEqual([]);
  });
});
