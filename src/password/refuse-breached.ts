import type { Deps } from "../ports.ts";
import { invalidField } from "../problems.ts";

/**
 * Refuses a new password that is known from a breach, where the operator has that looked up. It asks
 * another service, so it comes after `acceptPassword` and after the attempt is counted: nobody makes
 * us ask without limit.
 * @throws Problem `invalid_fields`.
 * @public
 */
export async function refuseBreached(
  deps: Pick<Deps, "isBreached">,
  field: string,
  password: string,
): Promise<void> {
  if (await deps.isBreached(password)) throw invalidField(`/${field}`, "breached");
}
