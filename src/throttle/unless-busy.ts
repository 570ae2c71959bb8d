import { Busy, type Deps } from "../ports.ts";
import type { Counter } from "./fragments.ts";
import { decrement } from "./queries.ts";

/**
 * Runs the work an attempt was counted for. When we are too busy to do it nothing was tried, and the
 * attempt is taken back: otherwise our own overload would close the account to its owner.
 * @public
 */
export async function unlessBusy<T>(
  deps: Pick<Deps, "db">,
  counters: readonly Counter[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const keys = counters.map(({ key }) => key);
    if (error instanceof Busy && keys.length > 0) await decrement(deps, keys);
    throw error;
  }
}
