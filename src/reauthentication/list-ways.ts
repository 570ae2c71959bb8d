import { type Method, waysBackIn } from "../access/assurance.ts";
import type { Actor } from "../access/run-as.ts";
import type { Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { readFactors } from "./queries.ts";

/** By what the caller can authenticate again. @throws Problem `invalid_token` when the session is over. */
export async function listWays(deps: Pick<Deps, "db" | "clock">, actor: Actor): Promise<Method[]> {
  const found = await readFactors(deps, actor);
  if (!found) throw new Problem("invalid_token");
  return waysBackIn(found.factors);
}
