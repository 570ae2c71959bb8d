import type { Actor } from "../access/run-as.ts";
import { describeDevice } from "../lib/device.ts";
import type { PageRequest } from "../page.ts";
import type { Deps } from "../ports.ts";
import { listEvents } from "./list-events.ts";

/** What its owner is told of an event of an account. */
export type OwnEvent = {
  readonly action: string;
  readonly outcome: string;
  readonly occurred_at: string;
  /** Somebody else did it: from where is theirs to know. */
  readonly byOthers: boolean;
  readonly ip: string | null;
} & ReturnType<typeof describeDevice>;

/**
 * What happened to the caller's own account, newest first. @throws Problem `invalid_cursor`, `invalid_token`.
 */
export async function listOwnEvents(
  deps: Pick<Deps, "db" | "clock" | "keys">,
  actor: Actor,
  request: PageRequest,
): Promise<{ data: OwnEvent[]; next_cursor: string | null }> {
  const { data, next_cursor } = await listEvents(deps, actor, {
    ...request,
    filter: { subject: actor.userId },
  });
  return {
    next_cursor,
    data: data.map(({ action, outcome, occurred_at, actor_id, ip, user_agent }) => {
      const byOthers = actor_id !== null && actor_id !== actor.userId;
      const device = describeDevice(byOthers ? null : user_agent);
      return { action, outcome, occurred_at, byOthers, ip: byOthers ? null : ip, ...device };
    }),
  };
}
