import { createMiddleware } from "hono/factory";
import { Problem } from "../problems.ts";
import type { AppEnv } from "./environment.ts";

/**
 * The header that carries the token of the caller's page, and that CORS must let by.
 * @public
 */
export const humanHeader = "X-Turnstile-Response";

/** Of a Turnstile token, as Cloudflare documents it. */
const longestToken = 2048;

/**
 * Where the operator asks for it, lets by only who has solved a challenge. It stands in front of
 * everything that costs: no statement is sent and nothing is hashed for a robot.
 * @public
 */
export const mustBeHuman = createMiddleware<AppEnv>(async (c, next) => {
  const { isHuman } = c.var.deps;
  if (isHuman) {
    const token = c.req.header(humanHeader);
    const mayBeOne = token !== undefined && token !== "" && token.length <= longestToken;
    if (!mayBeOne || !(await isHuman(token, c.var.caller.ip))) throw new Problem("not_allowed");
  }
  await next();
});

/**
 * The same for the forms of pages. The challenge is a script of another origin, which pages do not load: where the
 * operator asks for it, these forms are shut, and people sign in by what is not asked for it, or by the operator's own pages.
 * @public
 */
export const humanForm = createMiddleware<AppEnv>(async (c, next) => {
  if (c.var.deps.isHuman) throw new Problem("not_allowed");
  await next();
});

/**
 * The OpenAPI parameter of a route behind `mustBeHuman`.
 * @public
 */
export const humanParameter = {
  name: humanHeader,
  in: "header",
  required: false,
  schema: { type: "string", maxLength: longestToken },
  description: "A Cloudflare Turnstile token, good once. Needed where the service is set up to ask for one.",
} as const;
