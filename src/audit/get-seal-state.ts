import type { Actor } from "../access/run-as.ts";
import type { Deps } from "../ports.ts";
import { existing } from "../problems.ts";
import { readSealState, type SealState } from "./list-queries.ts";

/** How far the log is sealed. Whether what is sealed is as it was is for `npm run audit:verify`. */
export async function getSealState(deps: Pick<Deps, "db" | "clock">, actor: Actor): Promise<SealState> {
  return existing(await readSealState(deps, actor));
}
