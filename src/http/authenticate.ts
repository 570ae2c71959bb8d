import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import type { Permission } from "../access/permissions.ts";
import { Problem } from "../problems.ts";
import { type AccessClaims, verifyAccessToken } from "../token/access-token.ts";
import type { AppEnv } from "./environment.ts";

/**
 * The token of an Authorization header in RFC 6750 §2.1's form.
 * @public
 */
export function bearerToken(c: Context<AppEnv>): string | undefined {
  const [scheme, token, ...rest] = (c.req.header("authorization") ?? "").split(" ");
  return scheme?.toLowerCase() === "bearer" && token && rest.length === 0 ? token : undefined;
}

/**
 * The claims of the access token that came along, where a route works with one and without.
 * @throws Problem `invalid_token` for one that is no good: whoever sends one means to be somebody;
 * `not_allowed` for one to act as somebody else.
 * @public
 */
export async function optionalClaims(c: Context<AppEnv>): Promise<AccessClaims | undefined> {
  if (c.req.header("authorization") === undefined) return undefined;
  const token = bearerToken(c);
  if (!token) throw new Problem("invalid_token");
  const claims = await verifyAccessToken(c.var.deps, token);
  if (claims.impersonator) throw new Problem("not_allowed");
  return claims;
}

/**
 * Verifies the access token, without a query, and notes what the route requires. Whether the
 * session lives and the permission is held is decided in the use case's own statement.
 */
function authenticate(permission: Permission | "self", impersonators: boolean, stepUp: boolean) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const token = bearerToken(c);
    if (!token) throw new Problem("missing_token");
    const claims = await verifyAccessToken(c.var.deps, token);
    if (claims.impersonator && !impersonators) throw new Problem("not_allowed");
    c.set("actor", { ...claims, permission, stepUp });
    await next();
  });
}

/**
 * The security part of a route: a bearer token and, for the routes of operators, a permission.
 * Spread it into `createRoute`; the OpenAPI document shows both. Whoever acts as another user is refused,
 * unless the route lets `impersonators` in too: what they must not touch is everything but a few. A `step-up`
 * asks for an authentication within 15 minutes, by the strongest factor the caller has.
 * @public
 */
export function secured(permission: Permission | "self", also?: "impersonators too" | "step-up") {
  const impersonators = also === "impersonators too";
  const stepUp = also === "step-up";
  return {
    security: [{ bearer: [] }],
    "x-permission": permission,
    ...(impersonators && { "x-impersonation": true }),
    ...(stepUp && { "x-step-up": true }),
    middleware: authenticate(permission, impersonators, stepUp),
  };
}
