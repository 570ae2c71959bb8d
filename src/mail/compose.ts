import type { MailContent } from "./content.ts";
import { wordings } from "./wording.ts";

/** A mail as its parts, from which the text and the HTML are both made, so that they say the same. */
export type Parts = {
  readonly product: string;
  readonly subject: string;
  readonly paragraphs: readonly string[];
  readonly button: string;
  readonly link: string;
  readonly code: string | null;
  readonly details: readonly string[];
  readonly closing: readonly string[];
};

export function compose(productName: string, content: MailContent): Parts {
  const product = onOneLine(productName);
  const wording = wordings[content.template](product);
  return {
    ...wording,
    product,
    link: content.link,
    code: content.code?.replace(/^(\d{4})(\d{4})$/, "$1 $2") ?? null,
    details: describe(content.details),
    closing: [...describeLife(content), wording.ifNotYou],
  };
}

function describe(details: MailContent["details"]): string[] {
  const { device = null, ip = null, time = null, codesLeft = null } = details ?? {};
  const lines = {
    Device: device && plainName(device),
    "IP address": ip,
    Time: time,
    "Recovery codes left": codesLeft,
  };
  return Object.entries(lines).flatMap(([label, value]) => (value ? `${label}: ${onOneLine(value)}` : []));
}

function describeLife({ expiresInSeconds, code }: MailContent): string[] {
  if (expiresInSeconds === null) return [];
  const subject = code ? "The link and the code are" : "The link is";
  return [`${subject} good for one use within ${inWords(expiresInSeconds)}.`];
}

function inWords(seconds: number): string {
  const [unit, size] = (
    [
      ["day", 86_400],
      ["hour", 3600],
    ] as const
  ).find(([, length]) => seconds >= 2 * length || seconds === length) ?? ["minute", 60];
  const count = Math.max(1, Math.floor(seconds / size));
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

/** A browser names itself, so its name is a stranger's words: keep what cannot become a link. */
function plainName(text: string): string {
  return text
    .replace(/[^\p{L}\p{N} .()+-]/gu, " ")
    .replace(/\.(?!\d)/g, " ")
    .replace(/ +/g, " ")
    .slice(0, 60)
    .trim();
}

/** RFC 5322 §2.2: a line break in a subject would begin another header. */
function onOneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ");
}
