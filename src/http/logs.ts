import { createMiddleware } from "hono/factory";
import { matchedRoutes, routePath } from "hono/route";
import type { AppEnv } from "./environment.ts";

/**
 * One line per request: the route's pattern, never the URL, so no token or query can reach a log.
 * @public
 */
export const logs = createMiddleware<AppEnv>(async (c, next) => {
  const started = performance.now();
  await next();
  c.get("deps").log("http.request", {
    request_id: c.get("requestId"),
    method: c.req.method,
    route: matchedRoutes(c).find(({ path }) => !path.endsWith("*"))?.path ?? routePath(c, -1),
    status: c.res.status,
    ms: Math.round(performance.now() - started),
  });
});
