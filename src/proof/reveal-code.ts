import type { Deps } from "../ports.ts";
import { checkProof } from "./check-proof.ts";
import { codeOf } from "./code.ts";
import { returnTry } from "./queries.ts";

/**
 * The code that came with a sign-in link, for whoever opened the link elsewhere than in the browser that asked: to be typed
 * there. It tells no more than the mail did, so a right token costs no try.
 * @throws Problem `invalid_proof`.
 * @public
 */
export async function revealCode(deps: Pick<Deps, "db" | "clock" | "keys">, token: string): Promise<string> {
  const proof = await checkProof(deps, ["magic_link"], "magic_link", { token });
  await returnTry(deps, proof.id, proof.by);
  return codeOf(deps.keys.code, proof);
}
