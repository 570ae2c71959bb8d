import { cors } from "hono/cors";
import type { MiddlewareHandler } from "hono/types";
import type { AppEnv } from "./environment.ts";
import { humanHeader } from "./human.ts";

const exposeHeaders = ["Retry-After", "WWW-Authenticate", "X-Request-Id", "ETag"];

const listedOrigins: MiddlewareHandler<AppEnv> = cors({
  origin: (origin, c) => (c.var.deps.config.corsOrigins.includes(origin) ? origin : null),
  allowMethods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
  allowHeaders: ["Authorization", "Content-Type", "X-Request-Id", humanHeader],
  exposeHeaders,
  maxAge: 600,
});

/**
 * Listed origins, exactly, and never with credentials: the API reads no cookie. Whoever sends no Origin is no browser
 * that asks for another origin.
 * @public
 */
export const apiCors: MiddlewareHandler<AppEnv> = (c, next) =>
  c.req.header("origin") === undefined ? next() : listedOrigins(c, next);

/**
 * Public documents: anyone may read them.
 * @public
 */
export const publicCors: MiddlewareHandler<AppEnv> = cors({
  origin: "*",
  allowMethods: ["GET"],
  exposeHeaders,
});
