import type { UserId } from "../ids.ts";
import type { Deps } from "../ports.ts";
import type { ShownFactor } from "./fragments.ts";
import { hashOfCode } from "./recovery-code.ts";
import { findStep, type StoredTotp } from "./totp.ts";

/** @public */
export type FactorMethod = "totp" | "recovery_code";

/**
 * What a typed code shows, as far as it can be told without the database; undefined for a wrong one. `time` is the
 * database's, in Unix seconds.
 * @public
 */
export async function showFactor(
  deps: Pick<Deps, "keys">,
  userId: UserId,
  { totp, time }: { totp: StoredTotp | null; time: number },
  { method, code }: { method: FactorMethod; code: string },
): Promise<ShownFactor | undefined> {
  if (method === "recovery_code") return { method, hash: hashOfCode(code) };
  const step = totp && (await findStep(deps, userId, totp, code, time));
  return totp && step ? { method, id: totp.id, step } : undefined;
}
