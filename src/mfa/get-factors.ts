import type { Actor } from "../access/run-as.ts";
import type { Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { type FactorsView, readFactors } from "./queries.ts";

/** What the caller has beside the password. */
export async function getFactors(deps: Pick<Deps, "db" | "clock">, actor: Actor): Promise<FactorsView> {
  const factors = await readFactors(deps, actor);
  if (!factors) throw new Problem("invalid_token");
  return factors;
}
