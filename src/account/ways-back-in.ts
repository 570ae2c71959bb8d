import type { Deps } from "../ports.ts";

/**
 * By what the owner of an account can authenticate again, as a step-up names it.
 * @public
 */
export function waysBackIn(deps: Pick<Deps, "config">, account: { hasPassword: boolean }): string[] {
  if (account.hasPassword) return ["password"];
  return deps.config.mail ? ["email_code"] : [];
}
