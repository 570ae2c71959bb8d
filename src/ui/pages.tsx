import { type Context, Hono } from "hono";
import type { AppEnv } from "../http/environment.ts";
import { logFailure, toProblem } from "../http/errors.ts";
import { languageOf } from "../http/language.ts";
import { drop, forgetPages } from "../http/page-cookies.ts";
import { SignInNeeded } from "../http/pages.ts";
import { pageBehind } from "../http/return-to.ts";
import { parseReturnPath } from "../lib/return-path.ts";
import { Problem } from "../problems.ts";
import { problemText, requestIdLabel } from "./problem-words.ts";
import { renderVisitor } from "./render.tsx";
import { dictionary } from "./words.ts";

const words = dictionary({
  en: { title: "That did not work", home: "To your account" },
  de: { title: "Das ging nicht", home: "Zu Ihrem Konto" },
});

/**
 * A router of pages, whose failures are pages too: an ended session leads to the sign-in and back, a step-up that is due
 * to its page and back. Every slice with pages starts from this.
 * @public
 */
export function createPages(): Hono<AppEnv> {
  return new Hono<AppEnv>().onError(pageError);
}

function pageError(error: Error, c: Context<AppEnv>): Response | Promise<Response> {
  const back = returnQuery(c);
  if (error instanceof SignInNeeded) return c.redirect(`/login${back}`, 303);
  if (error instanceof Problem) c.set("refusal", error.code);
  if (error instanceof Problem && error.code === "invalid_token") {
    // The cookie may be of a later answer than the request: what the browser has now is not ours to take.
    const { actor } = c.var as Partial<typeof c.var>;
    if (!actor?.impersonator) {
      forgetPages(c);
      return c.redirect(`/login${back}`, 303);
    }
    drop(c, "impersonation");
    return c.redirect(`/admin/users/${actor.userId}`, 303);
  }
  if (error instanceof Problem && error.code === "reauthentication_required") {
    // A role takes two factors of somebody who has none to show: they have to set one up.
    const hasNone = error.extras.methods?.length === 0;
    return c.redirect(hasNone ? "/account/two-factor?needed" : `/account/confirm${back}`, 303);
  }
  const problem = toProblem(error);
  logFailure(c, problem);
  return errorPage(c, problem);
}

/**
 * The page of a failure. It may come before anything has looked at the request.
 * @public
 */
export function errorPage(c: Context<AppEnv>, problem: Problem): Response | Promise<Response> {
  c.set("language", languageOf(c));
  const { language, requestId } = c.var;
  const t = words(language);
  return renderVisitor(
    c,
    { title: t.title, problem },
    <>
      <p role="alert">{problemText(language, problem)}</p>
      <p class="hint">
        {requestIdLabel(language)}: <code>{requestId}</code>
      </p>
      <p>
        <a href="/account">{t.home}</a>
      </p>
    </>,
  );
}

/** Where to go on afterwards. */
function returnQuery(c: Context<AppEnv>): string {
  const path = parseReturnPath(pageBehind(c));
  return path === undefined ? "" : `?return_to=${encodeURIComponent(path)}`;
}
