import { Busy, type Deps } from "../ports.ts";

/**
 * A hash to replace, and what to replace it by.
 * @public
 */
export type Rehash = { readonly from: string; readonly to: string };

/**
 * Hashes a password, just verified against `stored`, anew when another tool made that hash or we did
 * at another cost. Undefined when there is no need, or no room for it now: the next login will do.
 * @public
 */
export async function rehashIfStale(
  deps: Pick<Deps, "passwords">,
  password: string,
  stored: string | null,
): Promise<Rehash | undefined> {
  if (stored === null || deps.passwords.isCurrent(stored)) return undefined;
  try {
    return { from: stored, to: await deps.passwords.hash(password, "sign-in") };
  } catch (error) {
    if (error instanceof Busy) return undefined;
    throw error;
  }
}
