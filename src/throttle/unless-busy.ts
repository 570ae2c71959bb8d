import { Busy, type Deps } from "../ports.ts";
import { decrement } from "./queries.ts";

/**
 * Runs the work that an attempt was counted for, under the keys `counted`. When we are too busy to do it nothing was tried, and the
 * attempt is taken back: otherwise our own overload would close the account to its owner.
 * @public
 */
export async function unlessBusy<T>(
  deps: Pick<Deps, "db">,
  counted: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Busy && counted.length > 0) await decrement(deps, counted);
    throw error;
  }
}
