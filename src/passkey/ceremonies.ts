/** The library's part of both ceremonies, and ours of what it does not look at. It is heavy: imported by who needs it, when they do. */
export { verifyAuthenticationResponse, verifyRegistrationResponse } from "@simplewebauthn/server";
export { isUnaskedAttestation, isUsableKey } from "./attested-key.ts";
