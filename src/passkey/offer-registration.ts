import type { Actor } from "../access/run-as.ts";
import type { UserId } from "../ids.ts";
import type { Deps } from "../ports.ts";
import { existing } from "../problems.ts";
import { algorithms } from "./algorithms.ts";
import { readHolder } from "./queries.ts";
import {
  type AssertionPurpose,
  type CredentialDescriptor,
  ceremonySeconds,
  sealCeremony,
} from "./request-assertion.ts";
import { userHandle } from "./user-handle.ts";

/** What a registration is bound to: nobody else, and no other session, can answer it. */
export type RegistrationBound = { userId: UserId; sessionId: string; epoch: number };

/**
 * Options of a `navigator.credentials.create` (WebAuthn Level 3 §5.4), with the flow that the answer comes back with.
 * @public
 */
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
  return creationOptions(deps, { userId, name: email, displayName: name ?? email }, credentials, ceremony);
}

/**
 * Options for the first passkey of an account that is yet to be made, in a flow for `purpose` that keeps its id. The page
 * that asks names the account.
 * @public
 */
export function offerFirstPasskey(
  deps: Pick<Deps, "clock" | "random" | "keys" | "config">,
  purpose: AssertionPurpose,
  userId: UserId,
  life: number,
): CreationOptions {
  const ceremony = sealCeremony(deps, purpose, { userId }, life);
  return creationOptions(deps, { userId, name: "", displayName: "" }, [], ceremony);
}

function creationOptions(
  { config }: Pick<Deps, "config">,
  { userId, ...names }: { userId: UserId; name: string; displayName: string },
  excludeCredentials: CredentialDescriptor[],
  ceremony: Pick<CreationOptions, "challenge" | "flow_id" | "expires_in">,
): CreationOptions {
  return {
    rp: { id: config.passkey.id, name: config.product.name },
    user: { id: userHandle(userId), ...names },
    pubKeyCredParams: algorithms.map((alg) => ({ type: "public-key", alg })),
    timeout: ceremonySeconds * 1000,
    excludeCredentials,
    authenticatorSelection: {
      residentKey: "required",
      requireResidentKey: true,
      userVerification: "required",
    },
    attestation: "none",
    ...ceremony,
  };
}
