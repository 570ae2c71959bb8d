import { createTransport } from "nodemailer";
import type { Sender } from "../config-mail.ts";
import type { Mailer } from "../ports.ts";
import { asciiAddress, domainOf, extraFields, messageId } from "./mail-fields.ts";
import { parseSmtpUrl } from "./smtp-endpoint.ts";
import { smtpRefusal } from "./smtp-refusal.ts";

const timeoutMs = 60_000;

/** SMTP where there are sockets of Node's kind: Node and Deno. One connection a mail. */
export function nodemailerMailer(url: URL, from: Sender): Mailer {
  const { host, port, implicitTls, requireStartTls, credentials } = parseSmtpUrl(url);
  const transport = createTransport({
    name: domainOf(from),
    host,
    port,
    secure: implicitTls,
    requireTLS: requireStartTls,
    ignoreTLS: !requireStartTls,
    ...(credentials && { auth: { user: credentials.user, pass: credentials.password } }),
    dnsTimeout: timeoutMs,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send(mail) {
      const headers = extraFields(mail);
      const to = asciiAddress(mail.to);
      try {
        await transport.sendMail({
          from: { name: from.name ?? "", address: from.address },
          to: { name: "", address: to },
          subject: mail.subject,
          text: mail.text,
          html: mail.html,
          messageId: messageId(mail, from),
          headers,
        });
      } catch (error) {
        throw explain(error);
      }
    },
  };
}

/** nodemailer's own message quotes the server's, and that the address. */
function explain(error: unknown): Error {
  const { code, originalCode, command = "", responseCode, response = "" } = error as Failure;
  if (responseCode !== undefined) return smtpRefusal({ command, code: responseCode, text: response });
  return new Error(["SMTP", code, originalCode].filter(Boolean).join(" "));
}

type Failure = {
  code?: string;
  originalCode?: string;
  command?: string;
  responseCode?: number;
  response?: string;
};
