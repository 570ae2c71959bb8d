import type { MailConfig } from "../config-mail.ts";
import { describeDevice } from "../lib/device.ts";
import { renderMail } from "../mail/render-mail.tsx";
import type { Deps, Mail, MailTemplate } from "../ports.ts";
import { codeOf } from "../proof/code.ts";
import { type Binding, type ProofKind, proofLife } from "../proof/kinds.ts";
import { mintToken } from "../proof/token.ts";
import type { MailRow } from "./queries.ts";

/** Where the link of a mail leads; the token is appended where there is one. */
const pages: Record<MailTemplate, string> = {
  verify_email: "/verify-email",
  password_reset: "/reset-password",
  magic_link: "/magic-link",
  invitation: "/signup",
  account_exists: "/login",
  email_changed: "/account/sessions",
  password_changed: "/account/sessions",
  new_device: "/account/sessions",
  session_reuse: "/account/sessions",
  recovery_code_used: "/account/sessions",
  factor_changed: "/account/sessions",
  api_key_created: "/account/api-keys",
  impersonated: "/account",
};

/** Mails whose code can be typed into the browser that asked. */
const withCode: ReadonlySet<MailTemplate> = new Set(["verify_email", "magic_link"]);

/**
 * A mail, rendered, with the proof it carries. Nothing of it is kept: its row and our keys make it
 * again, so the database never holds a token that works.
 */
export function composeMail(
  deps: Pick<Deps, "config" | "keys">,
  mailConfig: MailConfig,
  row: MailRow,
  { template, to }: { template: MailTemplate; to: string },
): Mail {
  const { token, code, expiresInSeconds } = proofOf(deps, row, template);
  // Who is invited to an account that is there already has only a password to choose.
  const path = row.kind === "account_invitation" ? pages.password_reset : pages[template];
  const page = `${deps.config.publicUrl}${path}`;
  const session = row.sessionId ? `?session=${row.sessionId}` : "";
  const link = token ? `${page}?token=${token}` : `${page}${session}`;
  const content = { template, link, code, expiresInSeconds, details: occasionOf(row) };
  return { id: row.id, to, template, link, token, code, ...renderMail(mailConfig, content) };
}

function proofOf(deps: Pick<Deps, "keys">, row: MailRow, template: MailTemplate) {
  const { id, userId, emailKey, epoch, expiresAt } = row;
  if (expiresAt === null || template === "account_exists") {
    return { token: null, code: null, expiresInSeconds: null };
  }
  const kind = row.kind as ProofKind;
  const binding: Binding = { kind, id, userId, emailKey, epoch, expiresAt };
  return {
    token: mintToken(deps.keys.oneTimeToken, binding),
    code: withCode.has(template) ? codeOf(deps.keys.code, binding) : null,
    expiresInSeconds: proofLife[kind],
  };
}

/** What a notice says of the request behind it. */
function occasionOf({ payload, createdAt }: MailRow) {
  if (payload.ip === undefined) return null;
  const { browser, os } = describeDevice(payload.userAgent ?? null);
  return {
    device: [browser, os].filter(Boolean).join(" on ") || null,
    ip: payload.ip,
    time: createdAt,
    codesLeft: payload.codesLeft === undefined ? null : String(payload.codesLeft),
  };
}
