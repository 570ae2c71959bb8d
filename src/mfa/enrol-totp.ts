import type { Actor } from "../access/run-as.ts";
import { type FactorId, newId } from "../ids.ts";
import type { Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { insertTotp } from "./queries.ts";
import { newTotp } from "./totp.ts";

export type Enrolment = { secret: string; otpauth_uri: string; qr_svg: string };

/**
 * Makes a secret for the caller's authenticator app (RFC 6238). It counts once a code of it has come back; until then
 * another takes its place.
 * @throws Problem `conflict` where there is one already: that has to be removed first.
 */
export async function enrolTotp(
  deps: Pick<Deps, "db" | "clock" | "random" | "config" | "keys">,
  actor: Actor,
): Promise<Enrolment> {
  const id = newId<FactorId>(deps);
  const { secret, sealed, keyId, describe } = await newTotp(deps, actor.userId, id);
  const kept = await insertTotp(deps, actor, { id, sealed, keyId });
  if (!kept?.enrolled) throw new Problem("conflict");
  return { secret, ...describe(kept.email) };
}
