import type { Sender } from "../config-mail.ts";
import { type Mailer, MailRefused } from "../ports.ts";
import { asciiAddress, extraFields } from "./mail-fields.ts";

type Message = {
  readonly from: { readonly email: string; readonly name: string } | string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers: Record<string, string>;
};

/** What a `[[send_email]]` binding offers, as far as we use it. */
export type EmailBinding = { send(message: Message): Promise<unknown> };

/** Codes that say something of this mail. The others are of the account, the sender or the moment. */
const final = new Set([
  "E_VALIDATION_ERROR",
  "E_FIELD_MISSING",
  "E_CONTENT_TOO_LARGE",
  "E_RECIPIENT_SUPPRESSED",
  "E_DELIVERY_FAILED",
]);

/** Cloudflare Email Service. The platform writes Message-ID itself and keeps its own time limit. */
export function cloudflareMailer(binding: EmailBinding, from: Sender): Mailer {
  const sender = from.name === undefined ? from.address : { email: from.address, name: from.name };
  return {
    async send(mail) {
      const { subject, text, html } = mail;
      const to = asciiAddress(mail.to);
      const headers = extraFields(mail);
      try {
        await binding.send({ from: sender, to, subject, text, html, headers });
      } catch (error) {
        const { code } = (error ?? {}) as { code?: unknown };
        const name = typeof code === "string" && /^[A-Z_]{1,60}$/.test(code) ? code : "without a code";
        const message = `Cloudflare ${name}`;
        throw final.has(name) ? new MailRefused(message) : new Error(message);
      }
    },
  };
}
