import type { Actor } from "../access/run-as.ts";
import { describeDevice } from "../lib/device.ts";
import { type Page, type PageRequest, readPage } from "../page.ts";
import type { Caller, Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { deleteTrusted, listTrusted, type TrustedDeviceRow } from "./device-queries.ts";

type TrustedDevice = TrustedDeviceRow & ReturnType<typeof describeDevice>;

/** Where the caller is not asked for the second factor, newest first. @throws Problem `invalid_cursor`. */
export async function listTrustedDevices(
  deps: Pick<Deps, "db" | "clock" | "keys">,
  actor: Actor,
  request: PageRequest,
): Promise<Page<TrustedDevice>> {
  const scope = `trusted-devices:${actor.userId}`;
  const idOf = (device: TrustedDeviceRow) => [device.id];
  const { data, next_cursor } = await readPage(deps, scope, request, idOf, async ([before]) => {
    const found = await listTrusted(deps, actor, { limit: request.limit, before });
    return { rows: found?.devices ?? [] };
  });
  return { data: data.map((row) => ({ ...row, ...describeDevice(row.user_agent) })), next_cursor };
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
