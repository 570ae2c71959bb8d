import type { Context } from "hono";
import { tokenField } from "../proof/fields.ts";
import type { AppEnv } from "./environment.ts";
import { keep } from "./page-cookies.ts";

const proofSeconds = 600;

/**
 * Where a mailed link leads: its token goes from the address into a cookie, so that no history, log or `Referer` has it, and
 * the clean page asks before it does anything.
 * @returns undefined when the page was asked for without a token.
 * @public
 */
export function takeMailedToken(c: Context<AppEnv>): Response | undefined {
  const token = c.req.query("token");
  if (token === undefined) return undefined;
  if (tokenField.safeParse(token).success) keep(c, "proof", token, proofSeconds);
  return c.redirect(c.req.path, 303);
}
