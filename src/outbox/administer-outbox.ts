import type { Actor } from "../access/run-as.ts";
import type { OutboxId } from "../ids.ts";
import { type Page, type PageRequest, readPage } from "../page.ts";
import type { Caller, Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { listEntries, type OutboxEntry, reviveEntry } from "./admin-queries.ts";
import { deliverSoon, type MailDeps } from "./deliver-mail.ts";

/** Mails, newest first, in any state or in one. @throws Problem `invalid_cursor`. */
export async function listOutbox(
  deps: Pick<Deps, "db" | "clock" | "keys">,
  actor: Actor,
  { state, ...request }: PageRequest & { state: string | undefined },
): Promise<Page<OutboxEntry> & { total_estimate: number }> {
  const scope = JSON.stringify(["outbox", actor.userId, state]);
  const idOf = (entry: OutboxEntry) => [entry.id];
  const { answer, ...page } = await readPage(deps, scope, request, idOf, async ([before]) => {
    const found = await listEntries(deps, actor, { state, limit: request.limit, before });
    if (!found) throw new Problem("not_allowed");
    return { rows: found.entries, total: found.total };
  });
  return { ...page, total_estimate: answer.total };
}

/**
 * Has a dead mail tried again. One whose proof has expired meanwhile is not sent.
 * @throws Problem `not_found`, `conflict` when it is not dead.
 */
export async function requeueMail(
  deps: MailDeps,
  caller: Caller,
  actor: Actor,
  id: string,
): Promise<OutboxEntry> {
  const revived = await reviveEntry(deps, caller, actor, id);
  if (!revived?.exists) throw new Problem("not_found");
  if (!revived.entry) throw new Problem("conflict");
  deliverSoon(deps, id as OutboxId);
  return revived.entry;
}
