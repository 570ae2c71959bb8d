import type { UserId } from "../ids.ts";
import type { Deps } from "../ports.ts";
import type { ShownFactor } from "./fragments.ts";
import { hashOfCode } from "./recovery-code.ts";
import { findStep, type StoredTotp } from "./totp.ts";

/** @public */
export type FactorMethod = "totp" | "recovery_code";

/**
 * What a typed code shows; undefined for a wrong one. Whether it is still free is for the claiming statement to say.
 * `isCode` is whether it was seen among the recovery codes; `time` is the database's, in Unix seconds.
 * @public
 */
export async function showFactor(
  deps: Pick<Deps, "keys">,
  userId: UserId,
  { totp, isCode, time }: { totp: StoredTotp | null; isCode: boolean; time: number },
  { method, code }: { method: FactorMethod; code: string },
): Promise<ShownFactor | undefined> {
  if (method === "recovery_code") return isCode ? { method, hash: hashOfCode(code) } : undefined;
  const step = totp && (await findStep(deps, userId, totp, code, time));
  return totp && step ? { method, id: totp.id, step } : undefined;
}
