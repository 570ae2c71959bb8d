import type { RegistrationResponseJSON } from "@simplewebauthn/server";
import type { Actor } from "../access/run-as.ts";
import { newId, type OutboxId } from "../ids.ts";
import { newRecoveryCodes } from "../mfa/recovery-code.ts";
import { deliverSoon, type MailDeps } from "../outbox/deliver-mail.ts";
import type { Caller } from "../ports.ts";
import { Problem } from "../problems.ts";
import { nameOf } from "./aaguids.ts";
import type { RegistrationBound } from "./offer-registration.ts";
import { insertPasskey, type Passkey } from "./queries.ts";
import { openCeremony } from "./request-assertion.ts";
import { verifyRegistration } from "./verify-registration.ts";

/**
 * Adds a passkey to the caller's account, once for each challenge. The session that asks counts as one of two factors
 * from then on, and the owner is told. With the first second factor of an account come recovery codes, which are not shown again.
 * @throws Problem `invalid_proof` for an answer that is wrong, late, used or another's; `conflict` when the credential is
 * somebody's already, or the account has as many as it may.
 */
export async function registerPasskey(
  deps: MailDeps,
  caller: Caller,
  actor: Actor,
  input: { flowId: string; response: RegistrationResponseJSON; name: string | undefined },
): Promise<Passkey & { recovery_codes?: string[] }> {
  const { flow } = openCeremony<RegistrationBound>(deps, ["passkey_registration"], input.flowId);
  const { userId, sessionId, challenge } = flow.bound;
  const isTheirs = userId === actor.userId && sessionId === actor.sessionId;
  const credential = isTheirs && (await verifyRegistration(deps.config.passkey, challenge, input.response));
  if (!credential) throw new Problem("invalid_proof");
  const id = newId(deps);
  const notice = newId<OutboxId>(deps);
  const name = input.name ?? nameOf(credential.aaguid);
  const { codes, hashes: codeHashes } = newRecoveryCodes(deps);
  const made = { id, flow, credential, name, codeHashes, notice };
  const added = await insertPasskey(deps, caller, actor, made);
  if (!added?.passkey) throw new Problem(added?.spent || added?.full ? "conflict" : "invalid_proof");
  deliverSoon(deps, notice);
  return { ...added.passkey, ...(added.hasNewCodes && { recovery_codes: codes }) };
}
