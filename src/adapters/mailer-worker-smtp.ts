import { connect } from "cloudflare:sockets";
import type { Sender } from "../config-mail.ts";
import { formatMessage } from "../lib/mime.ts";
import type { Mailer } from "../ports.ts";
import { asciiAddress, extraFields, messageId } from "./mail-fields.ts";
import { parseSmtpUrl } from "./smtp-endpoint.ts";
import { deliver } from "./smtp-session.ts";

/**
 * SMTP on Workers, which reach any port but 25. Written out because worker-mailer 1.2.1 sends the
 * password in the clear to a server that offers no STARTTLS, and never returns, nor lets the isolate
 * do anything else, when the server hangs up.
 */
export function workerSmtpMailer(url: URL, from: Sender): Mailer {
  const endpoint = parseSmtpUrl(url);
  const sender = { ...from, address: asciiAddress(from.address) };
  return {
    async send(mail) {
      const { id, subject, text, html } = mail;
      const to = asciiAddress(mail.to);
      const fields = { "Message-ID": messageId(mail, from), ...extraFields(mail) };
      const data = formatMessage({ from: sender, to, subject, text, html, date: new Date(), fields, id });
      await deliver(connect, endpoint, { from: sender.address, to, data });
    },
  };
}
