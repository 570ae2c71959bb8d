import { createMiddleware } from "hono/factory";
import { matchedRoutes, routePath } from "hono/route";
import { answerable, isProven } from "../access/run-as.ts";
import type { AppEnv } from "./environment.ts";

/**
 * One line per request: the route's pattern, never the URL, so no token or query can reach a log. Who asked is an id, of
 * the user, of whoever acts as them, or of the client.
 * @public
 */
export const logs = createMiddleware<AppEnv>(async (c, next) => {
  const started = performance.now();
  await next();
  const asker = c.get("asker");
  const isKnown = asker && isProven(asker);
  c.get("deps").log("http.request", {
    request_id: c.get("requestId"),
    method: c.req.method,
    route: matchedRoutes(c).find(({ path }) => !path.endsWith("*"))?.path ?? routePath(c, -1),
    status: c.res.status,
    code: c.get("refusal"),
    actor: isKnown ? answerable(asker) : undefined,
    acting_as: isKnown && asker.impersonator ? asker.userId : undefined,
    program: isKnown ? asker.machine?.kind : undefined,
    ms: Math.round(performance.now() - started),
  });
});
