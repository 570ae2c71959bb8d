import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { type Bearer, bearerOf, bearerOfKey } from "../access/bearer.ts";
import type { Permission } from "../access/permissions.ts";
import { credentialPrefix } from "../lib/credential.ts";
import type { Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { type SessionClaims, verifyAccessToken } from "../token/access-claims.ts";
import type { MachineKind } from "../token/grant.ts";
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
 * `not_allowed` for one to act as somebody else, and for a program's.
 * @public
 */
export async function optionalClaims(c: Context<AppEnv>): Promise<SessionClaims | undefined> {
  if (c.req.header("authorization") === undefined) return undefined;
  const token = bearerToken(c);
  if (!token) throw new Problem("invalid_token");
  const bearer = bearerOf(await verifyAccessToken(c.var.deps, token));
  c.set("asker", bearer);
  const { userId, sessionId, impersonator, machine } = bearer;
  if (impersonator || machine) throw new Problem("not_allowed");
  return { userId, sessionId };
}

type Also = "impersonators too" | "step-up" | "people only" | "keys too";

/** Who a bearer says they are, without a query: by an access token, or by an API key itself. */
async function whoAsks(deps: Deps, token: string): Promise<Bearer> {
  if (!token.startsWith(credentialPrefix.apiKey)) return bearerOf(await verifyAccessToken(deps, token));
  const bearer = bearerOfKey(token);
  if (!bearer) throw new Problem("invalid_token");
  return bearer;
}

/** The programs that a route takes: those for operators take both kinds, and none of users takes a client. */
function machinesOf(permission: Permission | "self", also: readonly Also[]): readonly MachineKind[] {
  if (permission === "self") return also.includes("keys too") ? ["api_key"] : [];
  if (also.includes("people only")) return [];
  // An API key is no recent authentication, and cannot come by one. A client authenticated for its token.
  return also.includes("step-up") ? ["client_credentials"] : ["client_credentials", "api_key"];
}

/**
 * Verifies the token, without a query, and notes what the route requires. Whether what it hangs on lives and the
 * permission is held is decided in the use case's own statement.
 */
function authenticate(permission: Permission | "self", also: readonly Also[]) {
  const machines = machinesOf(permission, also);
  return createMiddleware<AppEnv>(async (c, next) => {
    const token = bearerToken(c);
    if (!token) throw new Problem("missing_token");
    const actor = await whoAsks(c.var.deps, token);
    c.set("asker", actor);
    if (actor.impersonator && !also.includes("impersonators too")) throw new Problem("not_allowed");
    if (actor.machine && !machines.includes(actor.machine.kind)) throw new Problem("not_allowed");
    c.set("actor", { ...actor, permission, stepUp: also.includes("step-up") });
    await next();
  });
}

/**
 * The security part of a route: a bearer token and, for the routes of operators, a permission.
 * Spread it into `createRoute`; the OpenAPI document shows both. Whoever acts as another user is refused,
 * unless the route lets `impersonators` in too: what they must not touch is everything but a few. A `step-up`
 * asks for an authentication within 15 minutes, by the strongest factor the caller has. Routes of operators take
 * programs that hold the permission, unless they are for `people only`; those of users do where it is `keys too`.
 * @public
 */
export function secured(permission: Permission | "self", ...also: Also[]) {
  const machines = machinesOf(permission, also);
  return {
    security: [{ bearer: [] }],
    "x-permission": permission,
    ...(also.includes("impersonators too") && { "x-impersonation": true }),
    ...(also.includes("step-up") && { "x-step-up": true }),
    ...(machines.length > 0 && { "x-machines": machines }),
    middleware: authenticate(permission, also),
  };
}
