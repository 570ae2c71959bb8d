import type { Actor } from "../access/run-as.ts";
import type { Caller, Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { changeProfile, findProfile, type ProfileChange } from "./queries.ts";
import type { User } from "./user.ts";

/** The caller's own account, with the session the token belongs to. */
export type Profile = User & { session_id: string };

/** @throws Problem `invalid_token` when the session has ended. */
export async function getProfile(deps: Pick<Deps, "db" | "clock">, actor: Actor): Promise<Profile> {
  return own(await findProfile(deps, actor), actor);
}

/** Changes what an owner may change, and answers the account as it now is. */
export async function updateProfile(
  deps: Pick<Deps, "db" | "clock" | "random">,
  caller: Caller,
  actor: Actor,
  change: ProfileChange,
): Promise<Profile> {
  return own(await changeProfile(deps, caller, actor, change), actor);
}

function own(found: { user: User } | undefined, actor: Actor): Profile {
  if (!found) throw new Problem("invalid_token");
  return { ...found.user, session_id: actor.sessionId };
}
