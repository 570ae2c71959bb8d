import type { Actor } from "../access/run-as.ts";
import type { Caller, Deps } from "../ports.ts";
import { existing } from "../problems.ts";
import { revokeOwnKey } from "./queries.ts";

/** Ends one of the caller's keys, with the tokens it was exchanged for. @throws Problem `not_found`, also for another's. */
export async function revokeKey(
  deps: Pick<Deps, "db" | "clock" | "random" | "config">,
  caller: Caller,
  actor: Actor,
  id: string,
): Promise<void> {
  existing(await revokeOwnKey(deps, caller, actor, id));
}
