import { Secret, TOTP } from "otpauth/slim";
import type { Account, Client, Tokens } from "./client.ts";

/** A service in this process has a clock of its own, which a test moves. */
type Clocked = Client & { deps?: { clock: { now(): Date } } };

/** What an authenticator app shows, `steps` of 30 seconds from `now`. */
export function codeOf(secret: string, now: Date, steps = 0): string {
  const timestamp = now.getTime() + steps * 30_000;
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp });
}

export type Enrolled = Account & {
  secret: string;
  recoveryCodes: string[];
  /** A code that is not used up by the enrolment: of the step after now's, unless told another. */
  code(steps?: number): string;
};

/**
 * An account with an authenticator app. It is confirmed by a code of now and shows one of the next step: either
 * is good still if a step ends on its way.
 */
export async function enrol(service: Clocked, account?: Account): Promise<Enrolled> {
  const owner = account ?? (await service.signUp());
  const token = owner.access_token;
  const begun = await service.call<{ secret: string }>("POST", "users/me/mfa/totp", { token });
  if (begun.status !== 200) throw new Error(`enrolment answered ${begun.status}: ${begun.text}`);
  const { secret } = begun.body;
  const code = (steps = 1) => codeOf(secret, service.deps?.clock.now() ?? new Date(), steps);
  const json = { code: code(0) };
  const done = await service.call<{ recovery_codes: string[] }>("POST", "users/me/mfa/totp/confirm", {
    token,
    json,
  });
  if (done.status !== 200) throw new Error(`confirmation answered ${done.status}: ${done.text}`);
  return { ...owner, secret, recoveryCodes: done.body.recovery_codes, code };
}

export type Due = { code: string; mfa_token: string; methods: string[] };

/** The `mfa_token` of a login whose second factor is due. */
export async function halfSignIn(service: Client, account: Account, ip?: string): Promise<string> {
  const { email, password } = account;
  const reply = await service.call<Due>("POST", "auth/login", {
    json: { email, password },
    ...(ip && { ip }),
  });
  if (reply.status !== 403) throw new Error(`login answered ${reply.status}: ${reply.text}`);
  return reply.body.mfa_token;
}

/** Shows a code to finish a sign-in. */
export function showCode(service: Client, mfaToken: string, code: string, method = "totp", more = {}) {
  const json = { mfa_token: mfaToken, method, code, ...more };
  return service.call<Tokens & { device_token?: string }>("POST", "auth/mfa", { json });
}
