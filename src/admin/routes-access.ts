import { createRoute } from "@hono/zod-openapi";
import { secured } from "../http/authenticate.ts";
import { idParam } from "../http/fields.ts";
import { pageQuery } from "../http/paging.ts";
import { badBody, denied, json, jsonBody, refusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import { listSessions } from "../session/list-sessions.ts";
import { adminUserSchema, roleSet, sessionPage, suspension } from "./fields.ts";
import { endUserSessions, reinstateUser, setRoles, suspendUser } from "./manage-user.ts";

const tags = ["Users"];

const putRoles = createRoute({
  method: "put",
  path: "/admin/users/{id}/roles",
  operationId: "setRoles",
  summary: "Give a user exactly these roles, within fifteen minutes of signing in",
  tags,
  ...secured("roles:assign", "step-up", "people only"),
  request: { params: idParam, body: jsonBody(roleSet) },
  responses: {
    200: json(adminUserSchema, "The user as it now is"),
    ...refusals(...denied, "not_found", ...badBody, "last_admin", "conflict"),
  },
});

const suspend = createRoute({
  method: "post",
  path: "/admin/users/{id}/suspend",
  operationId: "suspendUser",
  summary: "Suspend a user: every session ends",
  tags,
  ...secured("users:write"),
  request: { params: idParam, body: { content: { "application/json": { schema: suspension } } } },
  responses: {
    200: json(adminUserSchema, "The user as it now is"),
    ...refusals(...denied, "not_found", ...badBody, "last_admin", "conflict"),
  },
});

const reinstate = createRoute({
  method: "post",
  path: "/admin/users/{id}/reinstate",
  operationId: "reinstateUser",
  summary: "Let a suspended user sign in again",
  tags,
  ...secured("users:write"),
  request: { params: idParam },
  responses: {
    200: json(adminUserSchema, "The user as it now is"),
    ...refusals(...denied, "not_found", "conflict"),
  },
});

const getSessions = createRoute({
  method: "get",
  path: "/admin/users/{id}/sessions",
  operationId: "listUserSessions",
  summary: "A user's live sessions, newest first",
  tags,
  ...secured("users:read"),
  request: { params: idParam, query: pageQuery },
  responses: {
    200: json(sessionPage, "A page of sessions"),
    ...refusals(...denied, "not_found", "invalid_cursor", "invalid_fields"),
  },
});

const endSessions = createRoute({
  method: "delete",
  path: "/admin/users/{id}/sessions",
  operationId: "endUserSessions",
  summary: "End every session of a user",
  tags,
  ...secured("users:write"),
  request: { params: idParam },
  responses: { 204: { description: "Ended" }, ...refusals(...denied, "not_found", "conflict") },
});

/**
 * Roles, suspension and sessions of users.
 * @public
 */
export const adminAccessRoutes = createRouter()
  .openapi(putRoles, async (c) => {
    const { deps, caller, actor } = c.var;
    const change = { ...c.req.valid("param"), ...c.req.valid("json") };
    return c.json(await setRoles(deps, caller, actor, change), 200);
  })
  .openapi(suspend, async (c) => {
    const { deps, caller, actor } = c.var;
    const { reason, until } = c.req.valid("json");
    const change = { ...c.req.valid("param"), reason: reason ?? null, until: until ?? null };
    return c.json(await suspendUser(deps, caller, actor, change), 200);
  })
  .openapi(reinstate, async (c) => {
    const { deps, caller, actor } = c.var;
    return c.json(await reinstateUser(deps, caller, actor, c.req.valid("param").id), 200);
  })
  .openapi(getSessions, async (c) => {
    const input = { userId: c.req.valid("param").id, cursor: undefined, ...c.req.valid("query") };
    const { total: total_estimate, ...page } = await listSessions(c.var.deps, c.var.actor, input);
    return c.json({ ...page, total_estimate }, 200);
  })
  .openapi(endSessions, async (c) => {
    const { deps, caller, actor } = c.var;
    await endUserSessions(deps, caller, actor, c.req.valid("param").id);
    return c.body(null, 204);
  });
