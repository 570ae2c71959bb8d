import type { Sender } from "../config-mail.ts";
import type { Mailer } from "../ports.ts";
import { postMail } from "./mail-api.ts";
import { asciiAddress, extraFields, formatSender } from "./mail-fields.ts";

/** Resend's API. It answers a repeated `Idempotency-Key` as before for 24 hours, and sends once. */
export function resendMailer(
  apiKey: string,
  from: Sender,
  { baseUrl = "https://api.resend.com" }: { baseUrl?: string } = {},
): Mailer {
  return {
    async send(mail) {
      const api = {
        provider: "Resend",
        url: `${baseUrl}/emails`,
        headers: { Authorization: `Bearer ${apiKey}`, "Idempotency-Key": mail.id },
        errorName: (reply: Record<string, unknown>) => reply.name,
      };
      const { subject, text, html } = mail;
      const to = [asciiAddress(mail.to)];
      const headers = extraFields(mail);
      await postMail(api, { from: formatSender(from), to, subject, text, html, headers });
    },
  };
}
