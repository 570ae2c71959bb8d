import type { Variables } from "./config-variables.ts";
import { parseEmailAddress } from "./lib/email-address.ts";

/** Who mail comes from. */
export type Sender = { readonly name: string | undefined; readonly address: string };

export type MailTransport =
  | { readonly kind: "mailbox" }
  | { readonly kind: "cloudflare" }
  | { readonly kind: "resend"; readonly apiKey: string }
  | { readonly kind: "postmark"; readonly serverToken: string }
  | { readonly kind: "smtp"; readonly url: URL };

export type MailConfig = {
  readonly transport: MailTransport;
  readonly from: Sender;
  readonly productName: string;
  readonly accentColor: string;
};

type Env = Partial<Variables>;

/** The one `MAIL_*` group; what is wrong with it goes to `findings`. Undefined: no mail. */
export function parseMail(env: Env, findings: string[]): MailConfig | undefined {
  const given = parseSender(env.MAIL_FROM);
  if (env.MAIL_FROM && !given) findings.push("MAIL_FROM: must be an address, or a name and <address>");
  const { MAIL_TRANSPORT: kind, PRODUCT_NAME: productName, MAIL_ACCENT_COLOR: accentColor } = env;
  if (kind === undefined || kind === "none") {
    if (env.EMAIL_VERIFICATION === "required") {
      findings.push("EMAIL_VERIFICATION: required needs a MAIL_TRANSPORT");
    }
    if (env.SIGNUP === "invite") findings.push("SIGNUP: invite needs a MAIL_TRANSPORT");
    return undefined;
  }
  const transport = parseTransport(kind, env, findings);
  const from = kind === "mailbox" && !env.MAIL_FROM ? mailboxSender : given;
  if (!env.MAIL_FROM && !from) {
    findings.push(`MAIL_FROM: is missing, and MAIL_TRANSPORT=${kind} needs it`);
  }
  if (!transport || !from || productName === undefined || accentColor === undefined) return undefined;
  return { transport, from, productName, accentColor };
}

const mailboxSender: Sender = { name: undefined, address: "no-reply@localhost" };

function parseTransport(
  kind: Exclude<Variables["MAIL_TRANSPORT"], "none">,
  env: Env,
  findings: string[],
): MailTransport | undefined {
  const secret = (name: "MAIL_RESEND_API_KEY" | "MAIL_POSTMARK_SERVER_TOKEN") => {
    if (!env[name]) findings.push(`${name}: is missing, and MAIL_TRANSPORT=${kind} needs it`);
    return env[name];
  };
  switch (kind) {
    case "mailbox":
    case "cloudflare":
      return { kind };
    case "resend": {
      const apiKey = secret("MAIL_RESEND_API_KEY");
      return apiKey ? { kind, apiKey } : undefined;
    }
    case "postmark": {
      const serverToken = secret("MAIL_POSTMARK_SERVER_TOKEN");
      return serverToken ? { kind, serverToken } : undefined;
    }
    case "smtp": {
      const text = env.MAIL_SMTP_URL ?? "";
      if (/^smtps?:\/\/[^/?#]+\/?$/.test(text) && URL.canParse(text)) return { kind, url: new URL(text) };
      findings.push("MAIL_SMTP_URL: must be smtps://user:password@host:465 or smtp://user:password@host:587");
      return undefined;
    }
  }
}

/** `address`, or `Name <address>` whose name needs no quoting (RFC 5322 §3.4). */
function parseSender(text: string | undefined): Sender | undefined {
  const [, name, bracketed] = /^([^<>"\p{Cc}]+?)\s*<([^<>]+)>$/u.exec(text ?? "") ?? [];
  const address = parseEmailAddress(bracketed ?? text ?? "", { allowLocalhost: true });
  return address && { name, address: address.typed };
}
