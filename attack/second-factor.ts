import type { Tokens } from "../test/support/client.ts";
import { codeOf } from "../test/support/factors.ts";
import type { Trial } from "./attack.ts";
import type { Player } from "./player.ts";
import { refused } from "./refused.ts";

type Enrolled = {
  secret: string;
  recoveryCodes: string[];
  /** A session from before there was a second factor. */
  older: Tokens;
};

const enrolments = new WeakMap<Player, Promise<Enrolled>>();

/** The second account with an authenticator app, until `leaveSecondFactor`. */
export function enrol(trial: Trial): Promise<Enrolled> {
  const enrolled = enrolments.get(trial.b) ?? enrolNow(trial);
  enrolments.set(trial.b, enrolled);
  return enrolled;
}

async function enrolNow(trial: Trial): Promise<Enrolled> {
  await verifyByReset(trial);
  const older = await trial.b.signIn();
  const { access_token: token } = await trial.b.signIn();
  const begun = await trial.call<{ secret: string }>("POST", "users/me/mfa/totp", { token });
  if (begun.status !== 200) throw refused("enrolment", begun);
  const { secret } = begun.body;
  const done = await trial.call<{ recovery_codes: string[] }>("POST", "users/me/mfa/totp/confirm", {
    token,
    json: { code: codeOf(secret, new Date()) },
  });
  if (done.status !== 200) throw refused("confirmation", done);
  return { secret, recoveryCodes: done.body.recovery_codes, older };
}

/** A reset takes factors that somebody set up over an address that was never verified: the rule is for those that are. */
async function verifyByReset(trial: Trial): Promise<void> {
  const { access_token: token } = await trial.b.tokens();
  const { body } = await trial.call<{ email_verified?: boolean }>("GET", "users/me", { token });
  if (body.email_verified || !trial.hasMail) return;
  const since = Date.now();
  await trial.call("POST", "auth/password/forgot", { json: { email: trial.b.email } });
  const { token: proof } = await trial.mail(trial.b.email, "password_reset", since);
  const next = `${trial.b.password}-v`;
  const done = await trial.call("POST", "auth/password/reset", {
    json: { token: proof, new_password: next },
  });
  if (done.status !== 204) throw refused("the reset", done);
  trial.b.password = next;
}

/** Signs in to where the second factor is due. */
export async function halfWay({ call, b }: Trial): Promise<string> {
  const json = { email: b.email, password: b.password };
  const reply = await call<{ mfa_token: string }>("POST", "auth/login", { json });
  if (reply.status !== 403) throw refused("login", reply);
  return reply.body.mfa_token;
}

export const showFactor = ({ call }: Trial, mfa_token: string, code: string, method = "totp") =>
  call<Tokens>("POST", "auth/mfa", { json: { mfa_token, method, code } });

/** By a recovery code that no case shows. */
export async function signInFully(trial: Trial): Promise<Tokens> {
  const { recoveryCodes } = await enrol(trial);
  const done = await showFactor(trial, await halfWay(trial), recoveryCodes.pop() ?? "", "recovery_code");
  if (done.status !== 200) throw refused("the second factor", done);
  return done.body;
}

/** Takes the app away again, if there is one. */
export async function leaveSecondFactor(trial: Trial): Promise<void> {
  if (!enrolments.has(trial.b)) return;
  const { access_token: token } = await signInFully(trial);
  const removed = await trial.call("DELETE", "users/me/mfa/totp", { token });
  if (removed.status !== 204) throw refused("the removal of the app", removed);
  enrolments.delete(trial.b);
}
