import { createMiddleware } from "hono/factory";
import { newId } from "../ids.ts";
import type { AppEnv } from "./environment.ts";

const acceptable = /^[A-Za-z0-9-]{8,64}$/;

/**
 * Gives each request an id, the client's own when it is harmless, and shows it on the reply.
 * @public
 */
export const requestId = createMiddleware<AppEnv>(async (c, next) => {
  const given = c.req.header("x-request-id") ?? "";
  const id = acceptable.test(given) ? given : newId(c.get("deps"));
  c.set("requestId", id);
  await next();
  // Not by `c.header`, which would make the reply anew, around a stream of its body.
  c.res.headers.set("X-Request-Id", id);
});
