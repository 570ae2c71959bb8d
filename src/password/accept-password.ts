import type { Deps } from "../ports.ts";
import { invalidField } from "../problems.ts";
import { findFault, passwordPolicy } from "./policy.ts";

/**
 * Lets a new password by, or refuses it with what is wrong. `field` names it in the reply.
 * @throws Problem `invalid_fields`.
 * @public
 */
export function acceptPassword(
  deps: Pick<Deps, "config">,
  field: string,
  password: string,
  identity: readonly (string | null | undefined)[],
): void {
  const code = findFault(passwordPolicy(deps.config.passwordPolicy), password, identity);
  if (code) throw invalidField(`/${field}`, code);
}
