import type { MailTemplate } from "../ports.ts";
import type { ClaimedMail } from "./queries.ts";

/**
 * Decides which mail a row comes to, and whom it goes to, now that it is about to be sent. Undefined:
 * nobody is to be written to.
 */
export function chooseMail(mail: ClaimedMail): { template: MailTemplate; to: string } | undefined {
  const { kind, email, account, takenBy } = mail;
  if (mail.pointless) return undefined;
  switch (kind) {
    case "registration":
    case "change_email":
      return takenBy ? { template: "account_exists", to: takenBy } : { template: "verify_email", to: email };
    case "verify_email":
      if (account) return account.verified ? undefined : { template: kind, to: account.email };
      return mail.payload.passwordHash ? { template: kind, to: email } : undefined;
    case "password_reset":
    case "magic_link":
      return account ? { template: kind, to: account.email } : undefined;
    case "account_invitation":
      return account ? { template: "invitation", to: account.email } : undefined;
    case "invitation":
      return takenBy ? undefined : { template: kind, to: email };
    default:
      return { template: kind, to: email };
  }
}
