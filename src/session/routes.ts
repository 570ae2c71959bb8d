import { createRoute, z } from "@hono/zod-openapi";
import { bearerToken, secured } from "../http/authenticate.ts";
import { idParam } from "../http/fields.ts";
import { formType, jsonOrForm } from "../http/form-dialect.ts";
import { pageOf, pageQuery } from "../http/paging.ts";
import { bearerRefused, json, refusals, tokenRouteRefusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import { Problem } from "../problems.ts";
import { tokenSchema } from "../token/fields.ts";
import { endOtherSessions, endSession, logOutEverywhere } from "./end-sessions.ts";
import { sessionSchema } from "./fields.ts";
import { listSessions } from "./list-sessions.ts";
import { logOut } from "./log-out.ts";
import { refreshSession } from "./refresh-session.ts";

const tokenField = z.string().openapi({ example: "eyJhbGciOiJIUzI1NiIsInR5cCI6InJ0K2p3dCJ9.e30.c2ln" });
const ended = { 204: { description: "Ended" } };

const refresh = createRoute({
  method: "post",
  path: "/auth/refresh",
  operationId: "refreshSession",
  tags: ["Sessions"],
  summary: "Exchange a refresh token, by JSON or by form (grant_type=refresh_token)",
  middleware: jsonOrForm,
  request: {
    body: {
      content: {
        "application/json": { schema: z.strictObject({ refresh_token: tokenField }) },
        [formType]: {
          schema: z.object({ grant_type: z.literal("refresh_token"), refresh_token: tokenField }),
        },
      },
    },
  },
  responses: {
    200: json(tokenSchema, "The successor tokens"),
    ...tokenRouteRefusals(
      "malformed_json",
      "invalid_refresh_token",
      "body_too_large",
      "unsupported_media_type",
      "invalid_fields",
    ),
  },
});

const logout = createRoute({
  method: "post",
  path: "/auth/logout",
  operationId: "logOut",
  tags: ["Sessions"],
  summary: "End the session of a refresh token, of any generation, or of the bearer token",
  security: [{ bearer: [] }, {}],
  request: {
    body: {
      content: { "application/json": { schema: z.strictObject({ refresh_token: tokenField.optional() }) } },
    },
  },
  responses: {
    ...ended,
    ...refusals(
      "malformed_json",
      "missing_token",
      "not_allowed",
      "body_too_large",
      "unsupported_media_type",
      "invalid_fields",
    ),
  },
});

const logoutAll = createRoute({
  method: "post",
  path: "/auth/logout-all",
  operationId: "logOutEverywhere",
  tags: ["Sessions"],
  summary: "End every session of the account, this one too",
  ...secured("self"),
  responses: { ...ended, ...refusals(...bearerRefused) },
});

const list = createRoute({
  method: "get",
  path: "/users/me/sessions",
  operationId: "listSessions",
  tags: ["Sessions"],
  summary: "One's live sessions, newest first",
  ...secured("self", "impersonators too"),
  request: { query: pageQuery },
  responses: {
    200: json(pageOf(sessionSchema), "A page of sessions"),
    ...refusals("invalid_cursor", ...bearerRefused, "invalid_fields"),
  },
});

const endOthers = createRoute({
  method: "delete",
  path: "/users/me/sessions",
  operationId: "endOtherSessions",
  tags: ["Sessions"],
  summary: "End all of one's sessions but this one",
  ...secured("self"),
  responses: { ...ended, ...refusals(...bearerRefused) },
});

const endOne = createRoute({
  method: "delete",
  path: "/users/me/sessions/{id}",
  operationId: "endSession",
  tags: ["Sessions"],
  summary: "End one of one's sessions",
  ...secured("self"),
  request: { params: idParam },
  responses: { ...ended, ...refusals(...bearerRefused, "not_found") },
});

/** @public */
export const sessionRoutes = createRouter()
  .openapi(refresh, async (c) => {
    const input = c.get("dialect") === "oauth" ? c.req.valid("form") : c.req.valid("json");
    return c.json(await refreshSession(c.var.deps, c.var.caller, input.refresh_token), 200);
  })
  .openapi(logout, async (c) => {
    const { refresh_token: refreshToken } = c.req.valid("json");
    const accessToken = bearerToken(c);
    const named = refreshToken !== undefined || c.req.header("authorization") !== undefined;
    if (!named) throw new Problem("missing_token");
    await logOut(c.var.deps, c.var.caller, { refreshToken, accessToken });
    return c.body(null, 204);
  })
  .openapi(logoutAll, async (c) => {
    await logOutEverywhere(c.var.deps, c.var.caller, c.var.actor);
    return c.body(null, 204);
  })
  .openapi(list, async (c) => {
    const { deps, actor } = c.var;
    const { limit, cursor } = c.req.valid("query");
    const { total: _, ...page } = await listSessions(deps, actor, { userId: actor.userId, limit, cursor });
    return c.json(page, 200);
  })
  .openapi(endOthers, async (c) => {
    await endOtherSessions(c.var.deps, c.var.caller, c.var.actor);
    return c.body(null, 204);
  })
  .openapi(endOne, async (c) => {
    await endSession(c.var.deps, c.var.caller, c.var.actor, c.req.valid("param").id);
    return c.body(null, 204);
  });
