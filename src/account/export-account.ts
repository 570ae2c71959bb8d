import type { Actor } from "../access/run-as.ts";
import type { Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { collectPersonalData, type PersonalData } from "./export-queries.ts";

/**
 * Everything held on the caller, as JSON (GDPR, articles 15 and 20). Password hash, keys
 * and secrets are not data on a person and stay.
 */
export async function exportAccount(deps: Pick<Deps, "db" | "clock">, actor: Actor): Promise<PersonalData> {
  const data = await collectPersonalData(deps, actor);
  if (!data) throw new Problem("invalid_token");
  return data;
}
