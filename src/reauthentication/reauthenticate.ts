import type { AuthenticationResponseJSON } from "@simplewebauthn/server";
import { stepUp, waysBackIn } from "../access/assurance.ts";
import type { Actor } from "../access/run-as.ts";
import { newId, type OutboxId } from "../ids.ts";
import { totpCounter } from "../mfa/limits.ts";
import { hashOfCode } from "../mfa/recovery-code.ts";
import { type FactorMethod, showFactor } from "../mfa/show-factor.ts";
import { deliverSoon, type MailDeps } from "../outbox/deliver-mail.ts";
import { openCeremony } from "../passkey/request-assertion.ts";
import type { ReauthenticationBound } from "../passkey/request-reauthentication.ts";
import { verifyAssertion } from "../passkey/verify-assertion.ts";
import { verifyPassword } from "../password/verify-password.ts";
import type { Caller, Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { checkProof } from "../proof/check-proof.ts";
import type { Counter } from "../throttle/fragments.ts";
import { throttleKey } from "../throttle/keys.ts";
import { unlessBusy } from "../throttle/unless-busy.ts";
import type { Grant } from "../token/grant.ts";
import {
  type Credentials,
  readPasskey,
  recordRefusal,
  renewAuthentication,
  reserveCredentials,
  type Shown,
} from "./queries.ts";

type Needs = MailDeps & Pick<Deps, "passwords">;

/** By what the caller authenticates again. */
export type Again =
  | { readonly method: "password"; readonly password: string }
  | { readonly method: FactorMethod; readonly code: string }
  | { readonly method: "passkey"; readonly flowId: string; readonly response: AuthenticationResponseJSON }
  | { readonly method: "email_code"; readonly flowId: string; readonly code: string };

type Typed = Extract<Again, { method: "password" | FactorMethod }>;

/**
 * Authenticates the caller again within the session, by the strongest factor the account has. The grant
 * says when (`auth_time`) and how strongly (`acr`). The attempt is counted before anything is looked at.
 * @throws Problem `reauthentication_required` for a weaker method than the account has, with those that count;
 * `invalid_credentials` for a wrong password, `invalid_proof` for another wrong factor, `throttled`, or `Busy`.
 */
export async function reauthenticate(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  again: Again,
): Promise<Grant> {
  const notice = newId<OutboxId>(deps);
  const found = await find(deps, caller, actor, again);
  const renewed = await renewAuthentication(deps, caller, actor, { ...found, notice });
  if (!renewed) throw new Problem("invalid_token");
  if (!renewed.grant) throw refusal(again.method, renewed.factors);
  if (renewed.noticed) deliverSoon(deps, notice);
  return renewed.grant;
}

type Found = { shown: Shown; epoch: number; amr: string[]; throttleKeys: string[] };

function find(deps: Needs, caller: Caller, actor: Actor, again: Again): Promise<Found> {
  if (again.method === "email_code") return byMail(deps, actor, again);
  return again.method === "passkey"
    ? byPasskey(deps, caller, actor, again)
    : byOwn(deps, caller, actor, again);
}

/** By what is typed. */
async function byOwn(deps: Needs, caller: Caller, actor: Actor, again: Typed): Promise<Found> {
  const counter = counterOf(deps, actor, again.method);
  const shownHash = again.method === "recovery_code" ? hashOfCode(again.code) : null;
  const asked = { method: again.method, codeHash: shownHash };
  const credentials = await reserveCredentials(deps, actor, asked, deps.config.throttle ? [counter] : []);
  if (!credentials) throw new Problem("invalid_token");
  const { factors, epoch } = credentials;
  if (!waysBackIn(factors).includes(again.method)) throw stepUp(factors);
  if (!credentials.allowed) {
    throw new Problem("throttled", { retryAfterSeconds: credentials.retryAfter ?? 1 });
  }
  const shown = await unlessBusy(deps, credentials.counted, () => show(deps, actor, credentials, again));
  if (!shown) {
    await recordRefusal(deps, caller, actor, again.method);
    throw refusal(again.method, factors);
  }
  const amr = again.method === "password" ? ["pwd"] : ["otp", "mfa"];
  return { shown, epoch, amr, throttleKeys: [counter.key] };
}

async function show(
  deps: Needs,
  actor: Actor,
  credentials: Credentials,
  again: Typed,
): Promise<Shown | undefined> {
  if (again.method !== "password") return showFactor(deps, actor.userId, credentials, again);
  const isRight = await verifyPassword(deps, again.password, credentials.passwordHash);
  return isRight ? { method: "password" } : undefined;
}

/** By an answer of a passkey to a challenge that was asked for in this very session. */
async function byPasskey(
  deps: Needs,
  caller: Caller,
  actor: Actor,
  { flowId, response }: Extract<Again, { method: "passkey" }>,
): Promise<Found> {
  const { flow } = openCeremony<ReauthenticationBound>(deps, ["passkey_reauthentication"], flowId);
  const { challenge, userId, sessionId } = flow.bound;
  if (userId !== actor.userId || sessionId !== actor.sessionId) throw new Problem("invalid_proof");
  const found = await readPasskey(deps, actor, response.id);
  if (!found) throw new Problem("invalid_token");
  if (!waysBackIn(found.factors).includes("passkey")) throw stepUp(found.factors);
  const { passkey, epoch } = found;
  const assertion =
    passkey &&
    (await verifyAssertion(deps.config.passkey, challenge, response, passkey, "may name the user"));
  if (!assertion) {
    await recordRefusal(deps, caller, actor, "passkey");
    throw new Problem("invalid_proof");
  }
  return { shown: { method: "passkey", assertion, flow }, epoch, amr: [...assertion.amr], throttleKeys: [] };
}

/** By the code of a mail that was asked for as for a sign-in. */
async function byMail(
  deps: Needs,
  actor: Actor,
  { flowId, code }: { flowId: string; code: string },
): Promise<Found> {
  const proof = await checkProof(deps, ["magic_link"], "magic_link", { flowId, code }, actor);
  if (!proof.signedIn || proof.epoch === null) throw new Problem("invalid_proof");
  return { shown: { method: "email_code", proof }, epoch: proof.epoch, amr: ["otp"], throttleKeys: [] };
}

function counterOf(
  deps: Pick<Deps, "keys" | "config">,
  { userId }: Actor,
  method: "password" | FactorMethod,
): Counter {
  if (method === "totp") return totpCounter(deps, userId);
  const key = throttleKey(deps, method, userId);
  return { name: "account", key, limit: deps.config.limits.loginAccountNetwork };
}

function refusal(method: Again["method"], factors: Credentials["factors"]): Problem {
  if (!waysBackIn(factors).includes(method)) return stepUp(factors);
  return new Problem(method === "password" ? "invalid_credentials" : "invalid_proof");
}
