import type { Sender } from "../config-mail.ts";
import { type Mail, MailRefused } from "../ports.ts";

/**
 * The fields of a mail beside sender, recipient and subject. RFC 3834 §5: `auto-generated` keeps
 * holiday notes from answering. Gmail folds mails with the same subject into one unless their
 * `X-Entity-Ref-ID` differs; the outbox row's id also tells a duplicate from a second mail.
 * @throws MailRefused when a value could begin another header (RFC 5322 §2.2).
 */
export function extraFields({ id, subject }: Mail): Record<string, string> {
  if (/\p{Cc}/u.test(subject)) throw new MailRefused("the subject has a control character");
  if (!/^[\w-]+$/.test(id)) throw new MailRefused("the id is not a plain word");
  return { "Auto-Submitted": "auto-generated", "X-Entity-Ref-ID": id };
}

/**
 * An address with its domain as A-label, since not every server takes another (RFC 6531 §3.2).
 * @throws MailRefused for what is more or less than one plain address (RFC 5322 §3.4): addresses are
 * parsed long before this, and whatever slips through would be an injection here.
 */
export function asciiAddress(address: string): string {
  const [local, domain, more] = address.split("@");
  const isPlain = local && domain && more === undefined && !/[\p{Cc}\s,:;<>()"\\]/u.test(address);
  if (!isPlain || /[/?#]/.test(domain) || !URL.canParse(`https://${domain}`))
    throw new MailRefused("not one plain address");
  return `${local}@${new URL(`https://${domain}`).hostname}`;
}

/** `name <address>` with the name in quotes (RFC 5322 §3.4), for an API that takes one string. */
export function formatSender({ name, address }: Sender): string {
  return name === undefined ? address : `"${name.replace(/[\\"]/g, "\\$&")}" <${address}>`;
}

/** The same for every attempt, so that a recipient's server may drop the second (RFC 5322 §3.6.4). */
export function messageId({ id }: Mail, from: Sender): string {
  return `<${id}@${domainOf(from)}>`;
}

/** What we call ourselves to a mail server: the name of the machine is nobody's business. */
export function domainOf({ address }: Sender): string {
  return asciiAddress(address).split("@")[1] ?? "";
}
