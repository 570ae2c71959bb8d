import type { Actor } from "../access/run-as.ts";
import { describeDevice } from "../lib/device.ts";
import { type Page, type PageRequest, readPage } from "../page.ts";
import type { Deps } from "../ports.ts";
import { existing } from "../problems.ts";
import { listLiveSessions, type SessionRow } from "./queries.ts";

/**
 * A session as its owner or an operator sees it (contract: objects).
 * @public
 */
export type SessionView = SessionRow & {
  device: string | null;
  browser: string | null;
  os: string | null;
};

/**
 * The live sessions of a user, newest first: the caller's own, or any user's for an operator.
 * @throws Problem `invalid_cursor`, `not_found` when there is no such user.
 * @public
 */
export async function listSessions(
  deps: Pick<Deps, "db" | "clock" | "keys">,
  actor: Actor,
  { userId, ...request }: PageRequest & { userId: string },
): Promise<Page<SessionView> & { total: number }> {
  const idOf = (session: SessionRow) => [session.id];
  const { answer, ...page } = await readPage(deps, `sessions:${userId}`, request, idOf, async ([before]) => {
    const { limit } = request;
    const found = existing(await listLiveSessions(deps, actor, { userId, limit, before }));
    return { rows: found.sessions, total: found.total };
  });
  const data = page.data.map((row) => ({ ...row, ...describeDevice(row.user_agent) }));
  return { ...page, data, total: answer.total };
}
