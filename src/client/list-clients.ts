import type { Actor } from "../access/run-as.ts";
import { type Page, type PageRequest, readPage } from "../page.ts";
import type { Deps } from "../ports.ts";
import { existing } from "../problems.ts";
import type { Client } from "./client.ts";
import { findClient, listClientRows } from "./queries.ts";

/** The clients there are, newest first. @throws Problem `invalid_cursor`. */
export async function listClients(
  deps: Pick<Deps, "db" | "clock" | "keys">,
  actor: Actor,
  request: PageRequest,
): Promise<Page<Client> & { total_estimate: number }> {
  const scope = JSON.stringify(["clients", actor.userId]);
  const idOf = (client: Client) => [client.client_id];
  const { answer, ...page } = await readPage(deps, scope, request, idOf, async ([before]) => {
    const { limit } = request;
    const { clients: rows, total } = existing(await listClientRows(deps, actor, { limit, before }));
    return { rows, total };
  });
  return { ...page, total_estimate: answer.total };
}

/** One client. @throws Problem `not_found`. */
export async function getClient(deps: Pick<Deps, "db" | "clock">, actor: Actor, id: string): Promise<Client> {
  return existing(await findClient(deps, actor, id));
}
