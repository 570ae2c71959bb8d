import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { SessionId } from "../ids.ts";
import { leaveSession } from "../session/leave-session.ts";
import { mintPageSession, openPageSession, type PageSession } from "../session/page-session.ts";
import type { Grant } from "../token/grant.ts";
import type { AppEnv } from "./environment.ts";

/**
 * What pages keep in a browser beside the session: a mailed proof until its button is pressed, the flow that asked for a
 * mail, a sign-in that waits for its second factor, a trusted device, a chosen language, an operator's acting as a user.
 */
type Kept = "session" | "proof" | "flow" | "mfa" | "device" | "language" | "impersonation";

/**
 * Keeps a value for `maxAge` seconds. `__Host-` binds it to this very origin (RFC 6265bis §4.1.3.2); no script reads it.
 * @public
 */
export function keep(c: Context<AppEnv>, name: Kept, value: string, maxAge: number): void {
  setCookie(c, name, value, { ...attributes, maxAge });
}

const attributes = { prefix: "host", path: "/", secure: true, httpOnly: true, sameSite: "Lax" } as const;

/** @public */
export function kept(c: Context<AppEnv>, name: Kept): string | undefined {
  return getCookie(c, name, "host");
}

/**
 * Tells a browser whose session is over to let go of what it keeps of us: pages are for no cache, but some browsers hold
 * one for the way back. Cookies stay, for they are of the language and the trust in the device as well, and so does its
 * storage: pages use none, and another application on this origin may.
 * @public
 */
export function forgetPages(c: Context<AppEnv>): void {
  c.header("Clear-Site-Data", '"cache"');
}

/** @public */
export function drop(c: Context<AppEnv>, ...names: Kept[]): void {
  for (const name of names) deleteCookie(c, name, attributes);
  if (names.includes("session")) forgetPages(c);
}

/**
 * The session that the browser says it has, by a cookie of ours.
 * @public
 */
export function pageSession(c: Context<AppEnv>): PageSession | undefined {
  const text = kept(c, "session");
  return text === undefined ? undefined : openPageSession(c.var.deps, text);
}

/**
 * Gives the browser the session that was just opened, in place of any it had: that one is ended, so that a session
 * which somebody planted is worth nothing (CWE-384).
 * @public
 */
export async function beginPageSession(c: Context<AppEnv>, grant: Grant): Promise<void> {
  const former = pageSession(c);
  if (former && former.sessionId !== grant.sessionId) await leaveSession(c.var.deps, c.var.caller, former);
  drop(c, "mfa", "proof", "flow", "impersonation");
  keepSession(c, grant);
}

/**
 * Tells the browser under which id its session goes on, after a step that made it worth more.
 * @public
 */
export function followSession(c: Context<AppEnv>): void {
  const session = pageSession(c);
  const next = c.var.actor.nextSessionId;
  if (session && next) keepSession(c, { ...session, sessionId: next });
}

function keepSession(
  c: Context<AppEnv>,
  session: { sessionId: SessionId } & Pick<Grant, "userId" | "expiresAt">,
): void {
  const now = Math.floor(c.var.deps.clock.now().getTime() / 1000);
  keep(c, "session", mintPageSession(c.var.deps, session), Math.max(session.expiresAt - now, 0));
}
