import { expect } from "vitest";
import type { Deps } from "../../src/ports.ts";
import type { Account, Client, Tokens } from "./client.ts";
import { freshIp } from "./client.ts";
import { enrol, halfSignIn, showCode } from "./factors.ts";

export type Process = Client & { deps: Deps };

/** Everything that a key of ours signs, by what it is for; each tried once as `name: status`. */
export type Tried = { name: string; status: number }[];

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/**
 * Has one process give every kind of token to new accounts, and another take them. Says how each was answered; a
 * refused one is there to be seen.
 */
export async function exchangeAll(giver: Process, taker: Process): Promise<Tried> {
  return [...(await exchangeOfFactors(giver, taker)), ...(await exchangeByMail(giver, taker))];
}

/** Access and refresh tokens, cursors, half-finished sign-ins, codes of an app, recovery codes, trusted devices. */
async function exchangeOfFactors(giver: Process, taker: Process): Promise<Tried> {
  const tried: Tried = [];
  const note = (name: string, status: number) => void tried.push({ name, status });
  const account = await enrol(giver, await giver.signUp());
  const token = account.access_token;
  note("access", (await taker.call("GET", "users/me", { token })).status);
  const rotated = await taker.refresh(account.refresh_token);
  note("refresh", rotated.status);
  note("refresh of what the other gave", (await giver.refresh(rotated.body.refresh_token)).status);

  const byCode = await showCode(
    taker,
    await halfSignIn(giver, account),
    account.recoveryCodes[0] ?? "",
    "recovery_code",
  );
  note("recovery code", byCode.status);
  const byApp = await showCode(taker, await halfSignIn(giver, account), account.code(), "totp", {
    trust_device: true,
  });
  note("authenticator app", byApp.status);
  const { email, password } = account;
  const json = { email, password, device_token: byApp.body.device_token };
  note("trusted device", (await giver.call("POST", "auth/login", { json })).status);

  type Page = { next_cursor: string };
  const page = await giver.call<Page>("GET", "users/me/sessions?limit=1", { token });
  const cursor = encodeURIComponent(page.body.next_cursor);
  note("cursor", (await taker.call("GET", `users/me/sessions?limit=1&cursor=${cursor}`, { token })).status);
  return tried;
}

/** Mailed tokens and codes, flows, and what is known of devices. */
async function exchangeByMail(giver: Process, taker: Process): Promise<Tried> {
  const tried: Tried = [];
  const note = (name: string, status: number) => void tried.push({ name, status });
  const account = await giver.signUp();
  const { email, access_token: token } = account;
  await giver.call("POST", "auth/email/verification", { json: { email } });
  const verify = await giver.mailTo(email, "verify_email");
  const json = { token: verify.token };
  note("mailed token", (await taker.call("POST", "auth/email/verify", { token, json })).status);
  note("mailed code", (await signInByMail(giver, taker, email, ({ code }) => ({ code }))).status);
  note("magic link", (await signInByMail(giver, taker, email, ({ token }) => ({ token }))).status);

  const ip = freshIp();
  await signInFrom(giver, account, ip);
  await signInFrom(taker, account, ip);
  const notices = (await giver.mailsTo(email)).filter(({ template }) => template === "new_device");
  // The sign-ins by mail came from two addresses, and these two from one.
  expect(notices).toHaveLength(3);

  await giver.call("POST", "auth/password/forgot", { json: { email } });
  const reset = await giver.mailTo(email, "password_reset");
  const renewal = { token: reset.token, new_password: "Another-horse-8" };
  note("reset", (await taker.call("POST", "auth/password/reset", { json: renewal })).status);
  return tried;
}

async function signInByMail(
  giver: Process,
  taker: Process,
  email: string,
  proofOf: (mail: { token: string; code: string }) => Record<string, string>,
) {
  const { body } = await giver.call<{ flow_id: string }>("POST", "auth/magic-link", { json: { email } });
  const mail = await giver.mailTo(email, "magic_link");
  const json = { flow_id: body.flow_id, ...proofOf(mail) };
  return taker.call<Tokens>("POST", "auth/magic-link/verify", { json });
}

/** From a browser and an address that the account may have been seen on. */
export function signInFrom(process: Client, { email, password }: Account, ip: string) {
  const headers = { "user-agent": firefox };
  return process.call<Tokens>("POST", "auth/login", { json: { email, password }, headers, ip });
}
