import type { Actor } from "../access/run-as.ts";
import { openCursor, sealCursor } from "../lib/cursor.ts";
import { describeDevice } from "../lib/device.ts";
import type { Caller, Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import type { Page } from "../session/list-sessions.ts";
import { deleteTrusted, listTrusted, type TrustedDeviceRow } from "./device-queries.ts";

type TrustedDevice = TrustedDeviceRow & ReturnType<typeof describeDevice>;

/** Where the caller is not asked for the second factor, newest first. @throws Problem `invalid_cursor`. */
export async function listTrustedDevices(
  deps: Pick<Deps, "db" | "clock" | "keys">,
  actor: Actor,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<Page<TrustedDevice>> {
  const scope = `trusted-devices:${actor.userId}`;
  const position = cursor === undefined ? [] : openCursor(deps.keys.cursor, scope, cursor);
  if (!position) throw new Problem("invalid_cursor");
  const found = (await listTrusted(deps, actor, { limit, before: position[0] }))?.devices ?? [];
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    data: page.map((row) => ({ ...row, ...describeDevice(row.user_agent) })),
    next_cursor: found.length > limit && last ? sealCursor(deps.keys.cursor, scope, [last.id]) : null,
  };
}

/** Has every device asked for the second factor again. */
export async function forgetTrustedDevices(
  deps: Pick<Deps, "db" | "clock" | "random">,
  caller: Caller,
  actor: Actor,
): Promise<void> {
  await deleteTrusted(deps, caller, actor, null);
}

/** Has one device asked again. @throws Problem `not_found`, also for another's. */
export async function forgetTrustedDevice(
  deps: Pick<Deps, "db" | "clock" | "random">,
  caller: Caller,
  actor: Actor,
  id: string,
): Promise<void> {
  const deleted = await deleteTrusted(deps, caller, actor, id);
  if (!deleted?.count) throw new Problem("not_found");
}
