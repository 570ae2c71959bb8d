import { within } from "../lib/deadline.ts";
import { isOutage, violatesReference, wasUndone } from "../lib/postgres-error.ts";
import { Unavailable } from "../ports.ts";

/** Less than the five seconds within which a caller is told that we cannot serve. */
const deadlineMs = 4500;

/**
 * Sends a statement. One that PostgreSQL undid for a deadlock is sent once more, and so is one that refers to what another
 * deleted after it had read it: anew it finds that out by itself. Any other is sent once, since a lost reply does not say
 * whether it took effect.
 * @throws Unavailable when the database cannot be reached or does not answer in time.
 */
export async function resilient<T>(send: () => Promise<T>): Promise<T> {
  const sent = send().catch((error: unknown) => {
    if (wasUndone(error) || violatesReference(error)) return send();
    throw error;
  });
  try {
    return await within(deadlineMs, sent);
  } catch (cause) {
    if (isOutage(cause) || wasUndone(cause)) throw new Unavailable("the database does not answer", { cause });
    throw cause;
  }
}
