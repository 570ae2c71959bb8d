import type { Sender } from "../config-mail.ts";
import type { Mailer } from "../ports.ts";
import { postMail } from "./mail-api.ts";
import { asciiAddress, extraFields, formatSender } from "./mail-fields.ts";

/**
 * Postmark's codes for a token, sender or account that is not set up. They come as 422 as a bad
 * recipient does, yet say nothing of this mail.
 */
const accountErrors = new Set(["10", "400", "401", "405", "412", "413"]);

/** Postmark's API. It knows no idempotency: a lost reply can mean a second copy, told by its fields. */
export function postmarkMailer(
  serverToken: string,
  from: Sender,
  { baseUrl = "https://api.postmarkapp.com" }: { baseUrl?: string } = {},
): Mailer {
  const api = {
    provider: "Postmark",
    url: `${baseUrl}/email`,
    headers: { "X-Postmark-Server-Token": serverToken },
    errorName: (reply: Record<string, unknown>) => reply.ErrorCode,
    accountErrors,
  };
  return {
    async send(mail) {
      const fields = Object.entries(extraFields(mail));
      await postMail(api, {
        From: formatSender(from),
        To: asciiAddress(mail.to),
        Subject: mail.subject,
        TextBody: mail.text,
        HtmlBody: mail.html,
        Headers: fields.map(([Name, Value]) => ({ Name, Value })),
        // A tracked link goes through Postmark's servers, token and all.
        TrackOpens: false,
        TrackLinks: "None",
      });
    },
  };
}
