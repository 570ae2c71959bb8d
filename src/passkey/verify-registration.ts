import type { RegistrationResponseJSON } from "@simplewebauthn/server";
import { base64url } from "jose";
import type { RelyingParty } from "../config-passkey.ts";
import { algorithms } from "./algorithms.ts";
import { isFromTopLevel } from "./client-data.ts";

const knownTransports = new Set(["ble", "cable", "hybrid", "internal", "nfc", "smart-card", "usb"]);

/**
 * A credential record to be (WebAuthn Level 3 §4), in the spelling of the table.
 * @public
 */
export type NewCredential = {
  readonly credentialId: string;
  readonly publicKey: string;
  readonly counter: number;
  readonly transports: readonly string[];
  readonly aaguid: string;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
};

/**
 * The registration ceremony (WebAuthn Level 3 §7.1), for pages of our own at top level. We ask for user verification;
 * that the user was there is what the specification's own vectors show.
 * @returns undefined whatever is wrong with the answer.
 * @public
 */
export async function verifyRegistration(
  party: RelyingParty,
  challenge: string,
  response: RegistrationResponseJSON,
  shown: "user verified" | "user present" = "user verified",
): Promise<NewCredential | undefined> {
  const { isUnaskedAttestation, isUsableKey, verifyRegistrationResponse } = await import("./ceremonies.ts");
  try {
    const { clientDataJSON, attestationObject } = response.response;
    if (!isFromTopLevel(clientDataJSON) || isUnaskedAttestation(attestationObject)) return undefined;
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: [...party.origins],
      expectedRPID: party.id,
      requireUserVerification: shown === "user verified",
      supportedAlgorithmIDs: algorithms,
    });
    // The id beside the attested data is the client's word, and the library does not look at it.
    if (!verified || registrationInfo.credential.id !== response.id) return undefined;
    if (!(await isUsableKey(registrationInfo.credential.publicKey))) return undefined;
    return {
      credentialId: registrationInfo.credential.id,
      publicKey: base64url.encode(registrationInfo.credential.publicKey),
      counter: registrationInfo.credential.counter,
      transports: [...new Set(response.response.transports)].filter((each) => knownTransports.has(each)),
      aaguid: registrationInfo.aaguid,
      backupEligible: registrationInfo.credentialDeviceType === "multiDevice",
      backedUp: registrationInfo.credentialBackedUp,
    };
  } catch {
    return undefined; // the library throws for all it refuses, and for what is not even CBOR
  }
}
