import type { Actor } from "../access/run-as.ts";
import type { OutboxId } from "../ids.ts";
import { openCursor, sealCursor } from "../lib/cursor.ts";
import type { Caller, Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { listEntries, type OutboxEntry, reviveEntry } from "./admin-queries.ts";
import { deliverSoon, type MailDeps } from "./deliver-mail.ts";

type OutboxPage = { data: OutboxEntry[]; next_cursor: string | null; total_estimate: number };

/** Mails, newest first, in any state or in one. @throws Problem `invalid_cursor`. */
export async function listOutbox(
  deps: Pick<Deps, "db" | "clock" | "keys">,
  actor: Actor,
  input: { state: string | undefined; limit: number; cursor: string | undefined },
): Promise<OutboxPage> {
  const { state, limit, cursor } = input;
  const scope = JSON.stringify(["outbox", actor.userId, state]);
  const position = cursor === undefined ? [] : openCursor(deps.keys.cursor, scope, cursor);
  if (!position) throw new Problem("invalid_cursor");
  const found = await listEntries(deps, actor, { state, limit, before: position[0] });
  if (!found) throw new Problem("not_allowed");
  const data = found.entries.slice(0, limit);
  const last = data.at(-1);
  const more = found.entries.length > limit && last !== undefined;
  return {
    data,
    next_cursor: more ? sealCursor(deps.keys.cursor, scope, [last.id]) : null,
    total_estimate: found.total,
  };
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
