import type { Actor } from "../access/run-as.ts";
import type { Caller, Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { endActing } from "./queries.ts";

/**
 * Ends acting as a user before the 15 minutes are over: whoever kept a copy of what it was by has nothing.
 * @throws Problem `invalid_token` when it is over already.
 */
export async function endImpersonation(
  deps: Pick<Deps, "db" | "clock" | "random">,
  caller: Caller,
  actor: Actor,
): Promise<void> {
  const { impersonator } = actor;
  if (!impersonator) throw new Problem("invalid_token");
  await endActing(deps, caller, { ...actor, impersonator });
}
