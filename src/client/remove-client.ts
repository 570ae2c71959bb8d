import type { Actor } from "../access/run-as.ts";
import type { Caller, Deps } from "../ports.ts";
import { existing } from "../problems.ts";
import { removeClient } from "./queries.ts";

type Needs = Pick<Deps, "db" | "clock" | "random">;

/** Deletes a client; its tokens are refused from now on. @throws Problem `not_found`. */
export async function deleteClient(deps: Needs, caller: Caller, actor: Actor, id: string): Promise<void> {
  existing(await removeClient(deps, caller, actor, { id }));
}

/** Takes a secret away, and the tokens it brought with it. @throws Problem `not_found`. */
export async function removeSecret(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  { id, secretId }: { id: string; secretId: string },
): Promise<void> {
  existing(await removeClient(deps, caller, actor, { id, secretId }));
}
