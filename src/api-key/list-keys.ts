import type { Actor } from "../access/run-as.ts";
import { type Page, type PageRequest, readPage } from "../page.ts";
import type { Deps } from "../ports.ts";
import type { ApiKey } from "./api-key.ts";
import { listLiveKeys } from "./queries.ts";

/** The caller's keys that can be used, newest first. @throws Problem `invalid_cursor`. */
export async function listKeys(
  deps: Pick<Deps, "db" | "clock" | "keys">,
  actor: Actor,
  request: PageRequest,
): Promise<Page<ApiKey>> {
  const idOf = (key: ApiKey) => [key.id];
  const { data, next_cursor } = await readPage(
    deps,
    `api-keys:${actor.userId}`,
    request,
    idOf,
    async ([before]) => ({ rows: await listLiveKeys(deps, actor, { limit: request.limit, before }) }),
  );
  return { data, next_cursor };
}
