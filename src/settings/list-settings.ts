import { type Actor, checkAllowed } from "../access/run-as.ts";
import type { Setting } from "../config-settings.ts";
import type { Deps } from "../ports.ts";

/** What the service was started with; of secrets, that they are there. @throws Problem `not_allowed`. */
export async function listSettings(
  deps: Pick<Deps, "db" | "clock" | "config">,
  actor: Actor,
): Promise<readonly Setting[]> {
  await checkAllowed(deps, actor);
  return deps.config.settings;
}
