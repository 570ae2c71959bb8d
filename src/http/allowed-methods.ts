import type { OpenAPIHono } from "@hono/zod-openapi";
import type { AppEnv } from "./environment.ts";

/**
 * Which methods the routes of `app` answer on a path, for the Allow header of a 405.
 * @public
 */
export function allowedMethods(app: OpenAPIHono<AppEnv>): (path: string) => string[] {
  const patterns = app.routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => ({
      method,
      pattern: new RegExp(`^${path.replaceAll(".", "\\.").replace(/:[^/]+/g, "[^/]+")}$`),
    }));
  return (path) => [
    ...new Set(patterns.flatMap(({ method, pattern }) => (pattern.test(path) ? method : []))),
  ];
}
