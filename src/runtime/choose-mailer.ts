import { cloudflareMailer, type EmailBinding } from "../adapters/mailer-cloudflare.ts";
import { mailbox } from "../adapters/mailer-mailbox.ts";
import { postmarkMailer } from "../adapters/mailer-postmark.ts";
import { resendMailer } from "../adapters/mailer-resend.ts";
import { ConfigError } from "../config.ts";
import type { MailConfig, Sender } from "../config-mail.ts";
import type { Mailer } from "../ports.ts";

/** What a platform has to send mail by. */
export type MailPlatform = {
  readonly smtp: (url: URL, from: Sender) => Mailer;
  /** Only a Worker can have it. */
  readonly cloudflare?: EmailBinding | undefined;
};

/**
 * The mailer that `MAIL_TRANSPORT` names. Without mail nothing is handed to it.
 * @throws ConfigError when the platform does not have it.
 */
export function chooseMailer(mail: MailConfig | undefined, platform: MailPlatform): Mailer {
  if (!mail) return mailbox;
  const { transport, from } = mail;
  switch (transport.kind) {
    case "mailbox":
      return mailbox;
    case "resend":
      return resendMailer(transport.apiKey, from);
    case "postmark":
      return postmarkMailer(transport.serverToken, from);
    case "smtp":
      return platform.smtp(transport.url, from);
    case "cloudflare":
      if (platform.cloudflare) return cloudflareMailer(platform.cloudflare, from);
      throw new ConfigError([
        "MAIL_TRANSPORT: cloudflare needs a Worker with a send_email binding named EMAIL (see wrangler.toml)",
      ]);
  }
}
