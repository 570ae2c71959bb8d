import type { OpenAPIHono } from "@hono/zod-openapi";
import { createMiddleware } from "hono/factory";
import { matchedRoutes } from "hono/route";
import { permissions } from "../access/permissions.ts";
import { Problem } from "../problems.ts";
import type { AppEnv } from "./environment.ts";

/**
 * Refuses what `api` answers below a path of operators without having declared a permission: a route that
 * somebody mounted and forgot to secure is shut, not open.
 * @public
 */
export function denyUndeclared(api: OpenAPIHono<AppEnv>) {
  let declared: Set<string> | undefined;
  return createMiddleware<AppEnv>(async (c, next) => {
    declared ??= declaredRoutes(api);
    // What stands in front of whole trees of routes answers none of them.
    const routes = matchedRoutes(c).filter(({ method, path }) => method !== "ALL" || !path.endsWith("*"));
    if (!routes.every(({ method, path }) => declared?.has(`${method} ${path}`))) {
      throw new Problem("not_allowed");
    }
    await next();
  });
}

function declaredRoutes(api: OpenAPIHono<AppEnv>): Set<string> {
  const keys = api.openAPIRegistry.definitions.flatMap((definition) => {
    if (definition.type !== "route") return [];
    const { method, path, "x-permission": permission } = definition.route as Declared;
    const isPermission = permission !== undefined && Object.hasOwn(permissions, permission);
    return isPermission ? [`${method.toUpperCase()} ${path.replace(/\{([^}]+)\}/g, ":$1")}`] : [];
  });
  return new Set(keys);
}

type Declared = { method: string; path: string; "x-permission"?: string };
