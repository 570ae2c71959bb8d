import type { AuthenticationResponseJSON } from "@simplewebauthn/server";
import { base64url } from "jose";
import type { RelyingParty } from "../config-passkey.ts";
import type { UserId } from "../ids.ts";
import { isFromTopLevel } from "./client-data.ts";
import { userHandle } from "./user-handle.ts";

/**
 * A credential record (WebAuthn Level 3 §4) as a statement read it; see `passkeyJson`.
 * @public
 */
export type PasskeyRecord = {
  readonly id: string;
  readonly userId: UserId;
  readonly credentialId: string;
  readonly publicKey: string;
  readonly counter: number;
  readonly backupEligible: boolean;
};

/**
 * What a right answer showed: for `claimCounter` and the session that is opened or raised for it.
 * @public
 */
export type Assertion = {
  readonly passkeyId: string;
  readonly counter: number;
  readonly backedUp: boolean;
  /** RFC 8176: a key in software where it can be copied to other devices, and the user verified by the device. */
  readonly amr: readonly string[];
};

/**
 * The authentication ceremony (WebAuthn Level 3 §7.2), for pages of our own at top level. The counter is only looked
 * at here: two answers at once are told apart by `claimCounter`. `handle` says whether the answer has to name the
 * user by itself, as it must where nobody else did. We ask for user verification; that the user was there is what
 * the specification's own vectors show.
 * @returns undefined whatever is wrong with the answer.
 * @public
 */
export async function verifyAssertion(
  party: RelyingParty,
  challenge: string,
  response: AuthenticationResponseJSON,
  record: PasskeyRecord,
  handle: "names the user" | "may name the user",
  shown: "user verified" | "user present" = "user verified",
): Promise<Assertion | undefined> {
  const named = response.response.userHandle;
  if (response.id !== record.credentialId) return undefined;
  if (named === undefined ? handle === "names the user" : named !== userHandle(record.userId))
    return undefined;
  const { verifyAuthenticationResponse } = await import("./ceremonies.ts");
  try {
    if (!isFromTopLevel(response.response.clientDataJSON)) return undefined;
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: [...party.origins],
      expectedRPID: party.id,
      requireUserVerification: shown === "user verified",
      credential: {
        id: record.credentialId,
        publicKey: base64url.decode(record.publicKey) as Uint8Array<ArrayBuffer>,
        counter: record.counter,
      },
    });
    const { newCounter, credentialDeviceType, credentialBackedUp } = authenticationInfo;
    // §7.2 step 18: whether it may leave its device is settled when it is made.
    const isEligible = credentialDeviceType === "multiDevice";
    if (!verified || isEligible !== record.backupEligible) return undefined;
    return {
      passkeyId: record.id,
      counter: newCounter,
      backedUp: credentialBackedUp,
      amr: passkeyAmr(record),
    };
  } catch {
    return undefined; // the library throws for all it refuses
  }
}

/**
 * How a passkey that verified its user is named (RFC 8176 §2). It is two factors by itself.
 * @public
 */
export function passkeyAmr({ backupEligible }: { backupEligible: boolean }): string[] {
  return [backupEligible ? "swk" : "hwk", "user", "mfa"];
}
