import type { Actor } from "../access/run-as.ts";
import { openCursor, sealCursor } from "../lib/cursor.ts";
import type { Deps } from "../ports.ts";
import { existing, Problem } from "../problems.ts";
import type { Client } from "./client.ts";
import { findClient, listClientRows } from "./queries.ts";

type ClientPage = { data: Client[]; next_cursor: string | null; total_estimate: number };

/** The clients there are, newest first. @throws Problem `invalid_cursor`. */
export async function listClients(
  deps: Pick<Deps, "db" | "clock" | "keys">,
  actor: Actor,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<ClientPage> {
  const scope = JSON.stringify(["clients", actor.userId]);
  const position = cursor === undefined ? [] : openCursor(deps.keys.cursor, scope, cursor);
  if (!position) throw new Problem("invalid_cursor");
  const { clients, total } = existing(await listClientRows(deps, actor, { limit, before: position[0] }));
  const data = clients.slice(0, limit);
  const last = data.at(-1);
  const more = clients.length > limit && last !== undefined;
  return {
    data,
    next_cursor: more ? sealCursor(deps.keys.cursor, scope, [last.client_id]) : null,
    total_estimate: total,
  };
}

/** One client. @throws Problem `not_found`. */
export async function getClient(deps: Pick<Deps, "db" | "clock">, actor: Actor, id: string): Promise<Client> {
  return existing(await findClient(deps, actor, id));
}
