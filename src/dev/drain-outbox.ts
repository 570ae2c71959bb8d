import { countMailsInHand, type Delivery, deliverMails } from "../outbox/deliver-mail.ts";
import type { Deps } from "../ports.ts";

const pollMs = 25;
const longestWaitMs = 15_000;

/** Delivers all that is due, and waits for what is being delivered after some reply at this moment. */
export async function drainOutbox(
  deps: Pick<Deps, "db" | "clock" | "config" | "keys" | "mailer" | "log">,
): Promise<Delivery> {
  const total: Delivery = { delivered: 0, failed: 0 };
  const started = deps.clock.now().getTime();
  for (;;) {
    const { delivered, failed } = await deliverMails(deps);
    total.delivered += delivered;
    total.failed += failed;
    const inHand = await countMailsInHand(deps);
    if (inHand === 0 || deps.clock.now().getTime() - started > longestWaitMs) return total;
    await new Promise((wake) => setTimeout(wake, pollMs));
  }
}
