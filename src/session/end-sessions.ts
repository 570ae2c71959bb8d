import type { Actor } from "../access/run-as.ts";
import type { Caller, Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { endOwnSessions, raiseEpoch } from "./queries.ts";

type Needs = Pick<Deps, "db" | "clock" | "random">;

/** Ends one of the caller's own sessions. @throws Problem `not_found`, also for another's. */
export async function endSession(deps: Needs, caller: Caller, actor: Actor, id: string): Promise<void> {
  const { ended } = await endOwnSessions(deps, caller, actor, { only: id });
  if (ended === 0) throw new Problem("not_found");
}

/** Ends every session of the caller but the one that asks. */
export async function endOtherSessions(deps: Needs, caller: Caller, actor: Actor): Promise<void> {
  await endOwnSessions(deps, caller, actor, "others");
}

/** Ends every session of the caller, this one too, and every proof in progress. */
export async function logOutEverywhere(deps: Needs, caller: Caller, actor: Actor): Promise<void> {
  await raiseEpoch(deps, caller, actor);
}
