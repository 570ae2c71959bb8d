import { newId, type OutboxId } from "../ids.ts";
import { parseEmailAddress } from "../lib/email-address.ts";
import type { Caller, Deps } from "../ports.ts";
import { invalidField, Problem } from "../problems.ts";
import { type FlowPurpose, mintFlow } from "../proof/flow.ts";
import { proofLife } from "../proof/kinds.ts";
import type { Counter } from "../throttle/fragments.ts";
import { throttleKey } from "../throttle/keys.ts";
import { deliverSoon, type MailDeps } from "./deliver-mail.ts";
import { insertRequest } from "./queries.ts";

/**
 * The answer to any request for mail, the same whoever the address belongs to.
 * @public
 */
export type Flow = { flow_id: string; expires_in: number };

/**
 * Notes that mail is wanted for an address, known or not: answer and work are the same, and whose the
 * address is gets looked up when the mail is sent. Over the address's limit no row is written, so a
 * stranger can neither bomb it nor kill its newest link.
 * @throws Problem `invalid_fields` for what cannot be an address, `throttled` for the network's limit.
 * @public
 */
export async function requestMail(
  deps: MailDeps,
  caller: Caller,
  kind: "verify_email" | "password_reset" | "magic_link",
  input: string,
): Promise<Flow> {
  const email = parseEmailAddress(input, { allowLocalhost: deps.config.environment !== "production" });
  if (!email) throw invalidField("/email", "invalid_email");
  const id = newId<OutboxId>(deps);
  const network = throttleKey(deps, "mail", caller.network);
  const counters: Counter[] = [
    { name: "network", key: network, limit: deps.config.limits.loginNetwork },
    ...recipientCounters(deps, email.key, kind),
  ];
  const counted = await insertRequest(deps, { id, kind, email }, deps.config.throttle ? counters : []);
  if (!counted.allowed && !counted.counted.includes(network)) {
    throw new Problem("throttled", { retryAfterSeconds: counted.retryAfter ?? 1 });
  }
  if (counted.allowed) deliverSoon(deps, id);
  return flowFor(deps, kind === "magic_link" ? "magic_link" : "email", kind, id);
}

/**
 * What limits the mail that strangers can have sent to an address. Resets are counted by themselves: the
 * way back into an account must not be closed by asking for other mail.
 * @public
 */
export function recipientCounters(
  deps: Pick<Deps, "keys" | "config">,
  emailKey: string,
  kind: keyof typeof proofLife,
): Counter[] {
  const { mailRecipient, mailRecipientDay } = deps.config.limits;
  const group = kind === "password_reset" ? "reset" : "other";
  const key = (window: string) => throttleKey(deps, window, group, emailKey);
  return [
    { name: "recipient", key: key("recipient"), limit: mailRecipient },
    { name: "recipient_day", key: key("recipient-day"), limit: mailRecipientDay },
  ];
}

/**
 * The flow of a row of `kind`. It is made whether or not the row was.
 * @public
 */
export function flowFor(
  deps: Pick<Deps, "clock" | "keys">,
  purpose: FlowPurpose,
  kind: keyof typeof proofLife,
  id: OutboxId,
): Flow {
  const life = proofLife[kind];
  const expiresAt = Math.floor(deps.clock.now().getTime() / 1000) + life;
  return { flow_id: mintFlow(deps.keys.oneTimeToken, purpose, id, expiresAt), expires_in: life };
}
