import type { Actor } from "../access/run-as.ts";
import type { Caller, Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { eraseAccount } from "./erase-queries.ts";

/**
 * Deletes the caller's own account for good: its sessions end, what the audit log holds of the person
 * beside ids is erased, and the address is free again.
 * @throws Problem `last_admin`, `conflict` when the account changed that very moment.
 */
export async function deleteAccount(
  deps: Pick<Deps, "db" | "clock" | "random" | "config">,
  caller: Caller,
  actor: Actor,
): Promise<void> {
  const erased = await eraseAccount(deps, caller, actor);
  if (!erased) throw new Problem("invalid_token");
  if (erased.refused) throw new Problem(erased.refused);
}
