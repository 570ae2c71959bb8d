import type { Context } from "hono";
import { Problem } from "../problems.ts";
import { tokenField } from "../proof/fields.ts";
import type { ProofKind } from "../proof/kinds.ts";
import { peekProof } from "../proof/peek-proof.ts";
import type { AppEnv } from "./environment.ts";
import { keep, kept } from "./page-cookies.ts";

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

/**
 * The token of the link that a form was shown for. Another link may have been opened since, in another tab or by a
 * stranger's page: what was typed for the one must not go to the other. `link` is the row that the form names.
 * @throws Problem `invalid_proof`.
 * @public
 */
export function tokenOf(c: Context<AppEnv>, kinds: readonly ProofKind[], link: string | undefined): string {
  const token = kept(c, "proof");
  const opened = peekProof(c.var.deps, kinds, token);
  if (token === undefined || !opened || opened.id !== link) throw new Problem("invalid_proof");
  return token;
}
