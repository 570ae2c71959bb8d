import type { Deps } from "../ports.ts";
import { invalidField } from "../problems.ts";
import { contextWords } from "./context-words.ts";
import { findFault, passwordPolicy } from "./policy.ts";

/**
 * Lets a new password by, or refuses it with what is wrong. `field` names it in the reply. Asks nobody;
 * `refuseBreached` comes after it, once the attempt is counted.
 * @throws Problem `invalid_fields`.
 * @public
 */
export function acceptPassword(
  deps: Pick<Deps, "config">,
  field: string,
  password: string,
  identity: readonly (string | null | undefined)[],
): void {
  const words = contextWords(deps.config, identity);
  const code = findFault(passwordPolicy(deps.config.passwordPolicy), password, words);
  if (code) throw invalidField(`/${field}`, code);
}
