import type { Deps, Mail } from "../ports.ts";
import { composeMail } from "./compose-mail.ts";
import { listSent } from "./queries.ts";

const most = 100;

/**
 * The newest mails that were sent, made again from their rows: for development and tests.
 * @public
 */
export async function listSentMails(
  deps: Pick<Deps, "db" | "clock" | "config" | "keys">,
  to: string | undefined,
): Promise<(Mail & { createdAt: string })[]> {
  const { mail } = deps.config;
  if (!mail) return [];
  const rows = await listSent(deps, to, most);
  return rows.map((row) => ({
    ...composeMail(deps, mail, row, { template: row.template, to: row.sentTo }),
    createdAt: row.createdAt,
  }));
}
