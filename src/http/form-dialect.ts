import { createMiddleware } from "hono/factory";
import { Problem } from "../problems.ts";
import type { AppEnv } from "./environment.ts";

/** @public */
export const formType = "application/x-www-form-urlencoded";

/**
 * For token routes, which take JSON or an OAuth2 form: a form is answered in RFC 6749 §5.2, and
 * any other kind of body, or none, is refused before the handler.
 * @public
 */
export const formDialect = createMiddleware<AppEnv>(async (c, next) => {
  const type = (c.req.header("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase();
  if (type === formType) c.set("dialect", "oauth");
  else if (type !== "application/json") throw new Problem("unsupported_media_type");
  await next();
});
