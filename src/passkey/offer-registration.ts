import type { Actor } from "../access/run-as.ts";
import type { UserId } from "../ids.ts";
import type { Deps } from "../ports.ts";
import { existing } from "../problems.ts";
import { algorithms } from "./attested-key.ts";
import { readHolder } from "./queries.ts";
import { type CredentialDescriptor, ceremonySeconds, sealCeremony } from "./request-assertion.ts";
import { userHandle } from "./user-handle.ts";

/** What a registration is bound to: nobody else, and no other session, can answer it. */
export type RegistrationBound = { userId: UserId; sessionId: string; epoch: number };

/** Options of a `navigator.credentials.create` (WebAuthn Level 3 §5.4), with the flow that the answer comes back with. */
export type CreationOptions = {
  rp: { id: string; name: string };
  user: { id: string; name: string; displayName: string };
  challenge: string;
  pubKeyCredParams: { type: "public-key"; alg: number }[];
  timeout: number;
  excludeCredentials: CredentialDescriptor[];
  authenticatorSelection: { residentKey: "required"; requireResidentKey: true; userVerification: "required" };
  attestation: "none";
  flow_id: string;
  expires_in: number;
};

/** Options for a passkey of the caller's: one that an account is found by, and that verifies its user. */
export async function offerRegistration(
  deps: Pick<Deps, "db" | "clock" | "random" | "keys" | "config">,
  actor: Actor,
): Promise<CreationOptions> {
  const { email, name, epoch, credentials } = existing(await readHolder(deps, actor));
  const { userId, sessionId } = actor;
  const bound: RegistrationBound = { userId, sessionId, epoch };
  const ceremony = sealCeremony(deps, "passkey_registration", bound, ceremonySeconds);
  return {
    rp: { id: deps.config.passkey.id, name: deps.config.product.name },
    user: { id: userHandle(userId), name: email, displayName: name ?? email },
    pubKeyCredParams: algorithms.map((alg) => ({ type: "public-key", alg })),
    timeout: ceremonySeconds * 1000,
    excludeCredentials: credentials,
    authenticatorSelection: {
      residentKey: "required",
      requireResidentKey: true,
      userVerification: "required",
    },
    attestation: "none",
    ...ceremony,
  };
}
