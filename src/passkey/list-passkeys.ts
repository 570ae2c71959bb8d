import type { Actor } from "../access/run-as.ts";
import { type Page, type PageRequest, readPage } from "../page.ts";
import type { Deps } from "../ports.ts";
import { listOwnPasskeys, type Passkey } from "./queries.ts";

/** The caller's passkeys, newest first. @throws Problem `invalid_cursor`. */
export async function listPasskeys(
  deps: Pick<Deps, "db" | "clock" | "keys">,
  actor: Actor,
  request: PageRequest,
): Promise<Page<Passkey>> {
  const idOf = (passkey: Passkey) => [passkey.id];
  const { data, next_cursor } = await readPage(
    deps,
    `passkeys:${actor.userId}`,
    request,
    idOf,
    async ([before]) => ({ rows: await listOwnPasskeys(deps, actor, { limit: request.limit, before }) }),
  );
  return { data, next_cursor };
}
