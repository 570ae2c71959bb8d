import { newId, type OutboxId } from "../ids.ts";
import { parseEmailAddress } from "../lib/email-address.ts";
import type { Caller, Deps } from "../ports.ts";
import { existing, invalidField, Problem } from "../problems.ts";
import { type BrokenGlass, dropFactorsOfAddress } from "./reset-queries.ts";

/** The operator at the terminal, as the audit log names them. */
const terminal: Caller = {
  ip: "local",
  network: "local",
  userAgent: "users:reset-mfa",
  place: null,
  requestId: "cli",
};

/**
 * Takes all second factors of an account by its address, without an operator, where none can sign in any more. The mail
 * about it is left to whoever delivers for the service.
 * @returns what was taken. Where that is nothing, nothing else happens either.
 * @throws Problem `invalid_fields` for what is no address, `not_found`, `conflict` when the account changed that very moment.
 * @public
 */
export async function breakGlass(
  deps: Pick<Deps, "db" | "clock" | "random" | "config">,
  address: string,
): Promise<BrokenGlass> {
  const email = parseEmailAddress(address, { allowLocalhost: deps.config.environment !== "production" });
  if (!email) throw invalidField("/email", "invalid_email");
  const notice = newId<OutboxId>(deps);
  const found = await dropFactorsOfAddress(deps, terminal, { emailKey: email.key, notice });
  const { refused, ...taken } = existing(found);
  if (refused) throw new Problem(refused);
  return taken;
}
