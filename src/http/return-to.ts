import type { Context } from "hono";
import { parseReturnPath } from "../lib/return-path.ts";
import { invalidField } from "../problems.ts";
import type { AppEnv } from "./environment.ts";

/**
 * Where a sign-in leads: the `return_to` of the page's address, which the forms on it carry along, else one's account.
 * @throws Problem `invalid_fields` for anything but a path on our own origin.
 * @public
 */
export function returnTo(c: Context<AppEnv>): string {
  const asked = c.req.queries("return_to") ?? [];
  if (asked.length === 0) return "/account";
  const path = asked.length === 1 ? parseReturnPath(asked[0] ?? "") : undefined;
  if (path === undefined) throw invalidField("/return_to", "invalid");
  return path;
}

/**
 * A page's own path with where it leads, for links and forms.
 * @public
 */
export function withReturn(path: string, back: string): string {
  return back === "/account" ? path : `${path}?return_to=${encodeURIComponent(back)}`;
}

/**
 * The page that a request was made from, or for: where to go on, or what to show again. A form that says nothing of its page
 * stood on the one above its own address.
 * @public
 */
export function pageBehind(c: Context<AppEnv>): string {
  const { method, url } = c.req;
  const here = new URL(url);
  if (method === "GET") return `${here.pathname}${here.search}`;
  const referer = c.req.header("referer") ?? "";
  const from = URL.canParse(referer) ? new URL(referer) : undefined;
  if (from?.host === here.host) return `${from.pathname}${from.search}`;
  return here.pathname.replace(/(.)\/[^/]+$/, "$1");
}
