import { MailRefused } from "../ports.ts";

/** What a server said no to. Its sentence is left out: it repeats addresses. */
export type SmtpReply = {
  /** `RCPT TO`, `DATA`, `AUTH` …; empty when the connection itself failed. */
  readonly command: string;
  readonly code: number;
  readonly text: string;
};

/**
 * RFC 5321 §4.2.1: 5yz is for good, 4yz for now. For good, though, only where the recipient or the
 * message is refused; a refused greeting, login or sender is for an operator to mend, and no mail is lost.
 */
export function smtpRefusal({ command, code, text }: SmtpReply): Error {
  const [, enhanced] = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(text) ?? [];
  const message = ["SMTP", code, enhanced, command && `to ${command}`].filter(Boolean).join(" ");
  const ofThisMail = command === "RCPT TO" || command === "DATA";
  // Out of sequence, or about the login (RFC 4954 §6), wherever they come.
  const ofTheSession = code === 503 || code === 530 || code === 535;
  return code >= 500 && code < 600 && ofThisMail && !ofTheSession
    ? new MailRefused(message)
    : new Error(message);
}
