import type { Deps } from "../ports.ts";

/**
 * Whether `password` is the one behind `hash`. Without a hash (no such account, or one without a
 * password) it costs the same: otherwise the reply's time would tell which addresses exist.
 * @public
 */
export async function verifyPassword(
  deps: Pick<Deps, "passwords">,
  password: string,
  hash: string | null | undefined,
): Promise<boolean> {
  if (hash) return deps.passwords.verify(password, hash);
  await deps.passwords.hash(password, "sign-in");
  return false;
}
