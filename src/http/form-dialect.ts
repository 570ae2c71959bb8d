import { createMiddleware } from "hono/factory";
import { Problem } from "../problems.ts";
import type { AppEnv } from "./environment.ts";

/** @public */
export const formType = "application/x-www-form-urlencoded";

const tokenRoutes = new Set(["/api/v1/auth/login", "/api/v1/auth/refresh"]);

/**
 * A form-encoded request to a token route, and any to the routes of OAuth, is answered in RFC 6749 §5.2, whatever becomes
 * of it: this runs before the body is read.
 * @public
 */
export const chooseDialect = createMiddleware<AppEnv>(async (c, next) => {
  const isForm = mediaType(c.req.header("content-type")) === formType;
  const isOAuth = c.req.path.startsWith("/oauth/") || (isForm && tokenRoutes.has(c.req.path));
  c.set("dialect", isOAuth ? "oauth" : "problem");
  await next();
});

/**
 * For token routes, which take JSON or an OAuth2 form: any other kind of body, or none, is refused.
 * @public
 */
export const jsonOrForm = createMiddleware<AppEnv>(async (c, next) => {
  const type = mediaType(c.req.header("content-type"));
  if (type !== formType && type !== "application/json") throw new Problem("unsupported_media_type");
  await next();
});

/** @public */
export function mediaType(header = ""): string {
  return (header.split(";", 1)[0] ?? "").trim().toLowerCase();
}
