import { SMTPServer, type SMTPServerOptions } from "smtp-server";

export type Received = {
  from: string;
  to: string[];
  user: unknown;
  secure: boolean;
  greeting: string;
  message: string;
};

/** An error that the server answers with this code. */
export function smtpError(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

/** A real SMTP server on this machine, with the library's own certificate, which nobody trusts. */
export async function startSmtpServer({
  port: wanted = 0,
  holdMs = 0,
  ...options
}: SMTPServerOptions & { port?: number; holdMs?: number } = {}) {
  const received: Received[] = [];
  const logins: { user: string; secure: boolean }[] = [];
  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    logger: false,
    onAuth: ({ username = "", password }, session, done) => {
      logins.push({ user: username, secure: session.secure });
      if (password === "open sesame") done(null, { user: username });
      else done(smtpError(535, `5.7.8 ${username} may not`));
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        // A mail counts when it is accepted, also by a client that has gone meanwhile.
        setTimeout(() => {
          received.push({
            from: mailFrom ? mailFrom.address : "",
            to: rcptTo.map(({ address }) => address),
            user: session.user,
            secure: session.secure,
            greeting: String(session.hostNameAppearsAs),
            message: Buffer.concat(chunks).toString("latin1"),
          });
          done();
        }, holdMs);
      });
    },
    ...options,
  });
  server.on("error", () => undefined); // a client that leaves in the middle is the test's doing
  await new Promise<void>((listening) => server.listen(wanted, "127.0.0.1", listening));
  const { port } = server.server.address() as { port: number };
  return { port, received, logins, close: () => new Promise<void>((closed) => server.close(closed)) };
}

/** The fields of a message, unfolded, and its parts by type, decoded. */
export function readMessage(message: string) {
  const [head = "", ...rest] = message.split("\r\n\r\n");
  const unfolded = head.replace(/\r\n[ \t]+/g, " ");
  const fields = Object.fromEntries(
    unfolded.split("\r\n").map((line) => [line.slice(0, line.indexOf(":")), line.replace(/^[^:]*: ?/, "")]),
  );
  const [, boundary = ""] = /boundary="([^"]+)"/.exec(fields["Content-Type"] ?? "") ?? [];
  const parts = rest
    .join("\r\n\r\n")
    .split(`--${boundary}`)
    .flatMap((part) => {
      const [, type] = /Content-Type: ([a-z/]+)/.exec(part) ?? [];
      const body = part.slice(part.indexOf("\r\n\r\n") + 4).replace(/\r\n$/, "");
      return type ? [[type, /quoted-printable/.test(part) ? decodeQuotedPrintable(body) : body]] : [];
    });
  return { fields, parts: Object.fromEntries(parts) as Record<string, string> };
}

/** RFC 2045 §6.7, of UTF-8. White space at the end of a line may have come from the way, so it goes. */
export function decodeQuotedPrintable(text: string): string {
  const bytes = text
    .replace(/[ \t]+(?=\r\n|$)/g, "")
    .replace(/=\r\n/g, "")
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}
