import type { OutboxId } from "../ids.ts";
import { within } from "../lib/deadline.ts";
import { type Deps, MailRefused } from "../ports.ts";
import { chooseMail } from "./choose-mail.ts";
import { composeMail } from "./compose-mail.ts";
import { type ClaimedMail, claimMails, countSending, type Outcome, recordOutcome } from "./queries.ts";

/** As many at a time as one process sends side by side, within one lease. */
const batch = 10;
const mostAttempts = 16;
const firstRetrySeconds = 30;
const longestRetrySeconds = 3600;
const longestError = 300;
/** Less than the lease: past this the mail is put back, not sent by two at once. */
const longestSendMs = 150_000;

type Needs = Pick<Deps, "db" | "clock" | "config" | "keys" | "mailer" | "log">;

/**
 * What a use case takes that writes mail and sees it off.
 * @public
 */
export type MailDeps = Needs & Pick<Deps, "random" | "background">;

/**
 * Counts of mails that left and of attempts that failed.
 * @public
 */
export type Delivery = { delivered: number; failed: number };

/**
 * Sends the mails that are due, or the one named. A mailer that fails is tried again, later and later,
 * and after sixteen times the mail is dead, for an operator to look at.
 * @public
 */
export async function deliverMails(deps: Needs, only?: OutboxId): Promise<Delivery> {
  const total: Delivery = { delivered: 0, failed: 0 };
  for (;;) {
    const claimed = await claimMails(deps, only ? { only } : { atMost: batch });
    const states = await Promise.all(claimed.map((mail) => deliver(deps, mail)));
    total.delivered += states.filter((state) => state === "sent").length;
    total.failed += states.filter((state) => state === "pending" || state === "dead").length;
    if (only || claimed.length < batch) return total;
  }
}

/**
 * Sends the named mail after the reply, so that a slow mailer slows no request.
 * @public
 */
export function deliverSoon(deps: Omit<MailDeps, "random">, id: OutboxId): void {
  if (!deps.config.mail) return;
  deps.background(async () => {
    try {
      await deliverMails(deps, id);
    } catch (error) {
      // The row is written; the sweep sends it.
      deps.log("mail.delivery_postponed", { mail_id: id, name: (error as Error).name });
    }
  });
}

/**
 * How many mails some process is sending right now.
 * @public
 */
export function countMailsInHand(deps: Pick<Deps, "db" | "clock">): Promise<number> {
  return countSending(deps);
}

async function deliver(deps: Needs, claimed: ClaimedMail): Promise<Outcome["state"]> {
  const outcome = await attempt(deps, claimed);
  await recordOutcome(deps, claimed, outcome);
  return outcome.state;
}

async function attempt(deps: Needs, claimed: ClaimedMail): Promise<Outcome> {
  const { attempts } = claimed;
  try {
    // Taken that often and never seen off: it may be this mail that ends the process each time.
    if (attempts > mostAttempts) throw new MailRefused("taken too often");
    const chosen = chooseMail(claimed);
    if (!chosen || !deps.config.mail) return { state: "skipped" };
    const mail = composeMail(deps, deps.config.mail, claimed, chosen);
    await within(longestSendMs, deps.mailer.send(mail));
    return { state: "sent", ...chosen };
  } catch (error) {
    const { name, message } = error as Error;
    const dead = error instanceof MailRefused || attempts >= mostAttempts;
    deps.log(dead ? "mail.dead" : "mail.failed", { mail_id: claimed.id, attempts, name });
    const known = { error: `${name}: ${message}`.slice(0, longestError) };
    if (dead) return { state: "dead", ...known };
    const retryAfter = Math.min(firstRetrySeconds * 2 ** (attempts - 1), longestRetrySeconds);
    return { state: "pending", ...known, retryAfter };
  }
}
