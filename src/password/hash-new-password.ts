import type { Deps, HashLane } from "../ports.ts";
import { refuseBreached } from "./refuse-breached.ts";

/**
 * The hash of a new password that the policy has accepted. Where the operator asks for it, a breached
 * one is refused first: by then whoever sends it has shown a proof or has been counted.
 * @throws Problem `invalid_fields` with `breached`, or `Busy`.
 * @public
 */
export async function hashNewPassword(
  deps: Pick<Deps, "passwords" | "isBreached">,
  field: string,
  password: string,
  lane: HashLane,
): Promise<string> {
  await refuseBreached(deps, field, password);
  return deps.passwords.hash(password, lane);
}
