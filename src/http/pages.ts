import type { Context } from "hono";
import { every } from "hono/combine";
import { createMiddleware } from "hono/factory";
import type { Permission } from "../access/permissions.ts";
import type { Actor } from "../access/run-as.ts";
import { pagesClientId } from "../config-checks.ts";
import { newId, type SessionId } from "../ids.ts";
import { openImpersonation } from "../impersonation/page-impersonation.ts";
import { isLoopbackHost } from "../lib/network.ts";
import { Problem } from "../problems.ts";
import { body } from "./body.ts";
import { caller } from "./caller.ts";
import type { AppEnv } from "./environment.ts";
import { mediaType } from "./form-dialect.ts";
import { chooseLanguage } from "./language.ts";
import { drop, kept, pageSession } from "./page-cookies.ts";

/**
 * A sign-in is needed before this page: whoever asks is sent there, and comes back.
 * @public
 */
export class SignInNeeded extends Error {
  override name = "SignInNeeded";
}

/** WebAuthn and cookies need one host, and browsers hold `127.0.0.1` and `localhost` to be two. */
const oneHost = createMiddleware<AppEnv>(async (c, next) => {
  const url = new URL(c.req.url);
  const ours = new URL(c.var.deps.config.issuer).hostname;
  if (
    isLoopbackHost(url.hostname) &&
    url.hostname !== ours &&
    c.req.method === "GET" &&
    isLoopbackHost(ours)
  ) {
    url.hostname = ours;
    return c.redirect(url.href, 302);
  }
  await next();
});

/**
 * What changes something comes from our own pages: the browser says so itself, and an older one by its Origin. Nothing
 * else is taken, a form of another kind neither (CWE-352).
 */
const fromOurPages = createMiddleware<AppEnv>(async (c, next) => {
  if (c.req.method !== "GET" && c.req.method !== "HEAD") {
    const site = c.req.header("sec-fetch-site");
    const own = new URL(c.var.deps.config.issuer).origin;
    const isOurs = site === undefined ? c.req.header("origin") === own : site === "same-origin";
    if (!isOurs) throw new Problem("not_allowed");
    if (mediaType(c.req.header("content-type")) !== "application/x-www-form-urlencoded") {
      throw new Problem("unsupported_media_type");
    }
  }
  await next();
});

const asPages = createMiddleware<AppEnv>(async (c, next) => {
  c.set("caller", { ...c.var.caller, clientId: pagesClientId });
  await next();
});

/**
 * In front of every page: for anyone.
 * @public
 */
export const visitor = every(oneHost, chooseLanguage, fromOurPages, caller, asPages, body);

type Also = "impersonators too" | "step-up";

/** By the cookie, without a query. Whether the session lives is decided in the use case's own statement. */
function signedIn(permission: Permission | "self", also: readonly Also[]) {
  return every(
    visitor,
    createMiddleware<AppEnv>(async (c, next) => {
      const session = pageSession(c);
      if (!session) throw new SignInNeeded();
      const { userId, sessionId } = session;
      const own: Actor = {
        userId,
        sessionId,
        nextSessionId: newId<SessionId>(c.var.deps),
        permission,
        stepUp: also.includes("step-up"),
      };
      const acting = actingAs(c, own);
      c.set("asker", acting ?? own);
      if (acting && !also.includes("impersonators too")) throw new Problem("not_allowed");
      c.set("actor", acting ?? own);
      await next();
    }),
  );
}

/** The user whom an operator acts as, while the operator's cookie lasts. */
function actingAs(c: Context<AppEnv>, own: Actor): Actor | undefined {
  const text = kept(c, "impersonation");
  const found = text === undefined ? undefined : openImpersonation(c.var.deps, text, own);
  if (found) {
    const { nextSessionId: _, ...actor } = own;
    return { ...actor, ...found };
  }
  if (text !== undefined) drop(c, "impersonation");
  return undefined;
}

/**
 * In front of the pages of one's own account. `impersonators` come in where they change nothing of how the user signs
 * in; a `step-up` asks for an authentication within 15 minutes, as for the routes of the API.
 * @public
 */
export function person(...also: Also[]) {
  return signedIn("self", also);
}

/**
 * In front of the pages of operators, with the permission that they take.
 * @public
 */
export function operator(permission: Permission, ...also: Also[]) {
  return signedIn(permission, also);
}

const programs = /^\/(api|oauth|\.well-known|assets)\//;

/**
 * Whether it is a person at a browser who asks, and not for what only programs ask for.
 * @public
 */
export function acceptsPage(c: Context<AppEnv>): boolean {
  const accepts = c.req.header("accept") ?? "";
  return c.req.method === "GET" && accepts.includes("text/html") && !programs.test(c.req.path);
}
