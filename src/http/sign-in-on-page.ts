import type { Context } from "hono";
import type { Problem } from "../problems.ts";
import type { Grant } from "../token/grant.ts";
import type { AppEnv } from "./environment.ts";
import { refusalOf } from "./form.ts";
import { beginPageSession, keep } from "./page-cookies.ts";
import { withReturn } from "./return-to.ts";

/** Of a sign-in that waits for its second factor. */
const mfaSeconds = 600;

/**
 * Signs in by whatever `work` does, and leads on to `back`, or to the second step where that is due.
 * @returns the refusal, for the page to show again.
 * @public
 */
export async function signInOnPage(
  c: Context<AppEnv>,
  back: string,
  work: () => Promise<Grant>,
): Promise<Response | Problem> {
  const problem = await refusalOf(async () => beginPageSession(c, await work()));
  if (!problem) return c.redirect(back, 303);
  if (problem.code !== "mfa_required") return problem;
  const { mfaToken = "", methods = [] } = problem.extras;
  keep(c, "mfa", [mfaToken, ...methods].join("~"), mfaSeconds);
  return c.redirect(withReturn("/mfa", back), 303);
}
