import type { MailConfig } from "../config-mail.ts";
import { compose, type Parts } from "./compose.ts";
import type { MailContent } from "./content.ts";
import { MailLayout } from "./layout.tsx";

/**
 * The subject and both bodies of a mail.
 * @public
 */
export function renderMail(
  config: Pick<MailConfig, "productName" | "accentColor">,
  content: MailContent,
): { subject: string; text: string; html: string } {
  const parts = compose(config.productName, content);
  const html = (<MailLayout parts={parts} accentColor={config.accentColor} />).toString();
  return { subject: parts.subject, text: toText(parts), html: `<!doctype html>${html}` };
}

function toText({ product, paragraphs, button, link, code, details, closing }: Parts): string {
  const blocks = [
    ...paragraphs,
    `${button}:\n${link}`,
    ...(code ? [`Or type this code: ${code}`] : []),
    ...(details.length > 0 ? [details.join("\n")] : []),
    ...closing,
    `Sent by ${product}. Nobody reads replies to this mail.`,
  ];
  return `${blocks.join("\n\n")}\n`;
}
