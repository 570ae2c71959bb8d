import type { RegistrationResponseJSON } from "@simplewebauthn/server";
import { acr } from "../access/assurance.ts";
import { newId, type SessionId, type UserId } from "../ids.ts";
import { parseEmailAddress } from "../lib/email-address.ts";
import { violatesUniqueness } from "../lib/postgres-error.ts";
import { newRecoveryCodes } from "../mfa/recovery-code.ts";
import { nameOf } from "../passkey/aaguids.ts";
import { type CreationOptions, offerFirstPasskey } from "../passkey/offer-registration.ts";
import { openCeremony } from "../passkey/request-assertion.ts";
import { passkeyAmr } from "../passkey/verify-assertion.ts";
import { verifyRegistration } from "../passkey/verify-registration.ts";
import { acceptPassword } from "../password/accept-password.ts";
import { hashNewPassword } from "../password/hash-new-password.ts";
import type { Caller, Deps } from "../ports.ts";
import { existing, invalidField, Problem } from "../problems.ts";
import { passwordOnly } from "../sign-in/factors.ts";
import type { Grant } from "../token/grant.ts";
import { type FirstAdmin, insertFirstAdmin, readOpen } from "./queries.ts";
import { openSetupToken, type SetupToken } from "./setup-token.ts";

type Needs = Pick<Deps, "db" | "clock" | "random" | "config" | "keys" | "passwords" | "isBreached">;

export type FirstAdminInput = { readonly email: string; readonly name: string | null } & (
  | { readonly password: string }
  | { readonly flowId: string; readonly response: RegistrationResponseJSON }
);

/**
 * What a link lets its holder do: to make the first admin, as long as there is none.
 * @throws Problem `not_found` for a forged, expired or used token, and once there is an admin.
 */
export async function openSetup(
  deps: Pick<Deps, "db" | "keys" | "clock">,
  text: string | undefined,
): Promise<SetupToken> {
  const token = existing(openSetupToken(deps, text ?? ""));
  if (!(await readOpen(deps, token))) throw new Problem("not_found");
  return token;
}

/** Options for the passkey of the account to be made, for as long as the link is good. */
export function offerSetupPasskey(
  deps: Pick<Deps, "clock" | "random" | "keys" | "config">,
  token: SetupToken,
): CreationOptions {
  const left = token.expiresAt - Math.floor(deps.clock.now().getTime() / 1000);
  return offerFirstPasskey(deps, "passkey_setup", newId<UserId>(deps), left);
}

/**
 * Makes the first admin, and signs in. Whoever has the link runs the service, so their word for the address is good. With a
 * passkey come recovery codes, which are not shown again.
 * @throws Problem `not_found` when somebody else was quicker, `email_taken`, `invalid_fields` for the address or the
 * password, `invalid_proof` for a passkey that is wrong or late, or `Busy`.
 */
export async function makeFirstAdmin(
  deps: Needs,
  caller: Caller,
  token: SetupToken,
  input: FirstAdminInput,
): Promise<{ grant: Grant; codes: string[] }> {
  const email = parseEmailAddress(input.email, { allowLocalhost: deps.config.environment !== "production" });
  if (!email) throw invalidField("/email", "invalid_email");
  const codes = newRecoveryCodes(deps);
  const admin =
    "password" in input ? await byPassword(deps, input) : await byPasskey(deps, input, codes.hashes);
  const made = existing(
    await insertFirstAdmin(deps, caller, token, { ...admin, email, name: input.name }).catch((error) => {
      throw violatesUniqueness(error) ? new Problem("conflict") : error;
    }),
  );
  if (made.taken) throw new Problem("email_taken");
  return { grant: existing(made.grant ?? undefined), codes: "password" in input ? [] : codes.codes };
}

type Made = Omit<FirstAdmin, "email" | "name">;

async function byPassword(
  deps: Needs,
  { email, name, password }: Extract<FirstAdminInput, { password: string }>,
): Promise<Made> {
  acceptPassword(deps, "password", password, [email, name]);
  const passwordHash = await hashNewPassword(deps, "password", password, "sign-in");
  const session = { id: newId<SessionId>(deps), ...passwordOnly };
  return { id: newId<UserId>(deps), session, by: "by setup, with a password", proof: { passwordHash } };
}

async function byPasskey(
  deps: Needs,
  { flowId, response }: Extract<FirstAdminInput, { flowId: string }>,
  codeHashes: readonly string[],
): Promise<Made> {
  const { flow } = openCeremony<{ userId: UserId }>(deps, ["passkey_setup"], flowId);
  const { userId, challenge } = flow.bound;
  const credential = await verifyRegistration(deps.config.passkey, challenge, response);
  if (!credential) throw new Problem("invalid_proof");
  const id = newId(deps);
  return {
    id: userId,
    session: {
      id: newId<SessionId>(deps),
      amr: passkeyAmr(credential),
      acr: acr.two,
      factorId: id,
    },
    by: "by setup, with a passkey",
    proof: { passkey: { id, credential, name: nameOf(credential.aaguid) }, codeHashes },
  };
}
