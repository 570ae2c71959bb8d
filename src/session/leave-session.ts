import type { Caller, Deps } from "../ports.ts";
import type { PageSession } from "./page-session.ts";
import { endOneSession } from "./queries.ts";

/**
 * Ends the session of a page. One that is over has nothing left to end.
 * @public
 */
export async function leaveSession(
  deps: Pick<Deps, "db" | "clock" | "random">,
  caller: Caller,
  session: PageSession,
): Promise<void> {
  await endOneSession(deps, caller, session);
}
