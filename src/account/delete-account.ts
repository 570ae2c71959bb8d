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
  const erase = () => eraseAccount(deps, caller, actor);
  const first = await erase();
  // Somebody signed in at that very moment: now the session is seen, and deleted with the rest.
  const erased = first?.refused === "conflict" ? await erase() : first;
  if (!erased) throw new Problem("invalid_token");
  if (erased.refused) throw new Problem(erased.refused);
}
