import { createRoute } from "@hono/zod-openapi";
import type { Permission } from "../access/permissions.ts";
import { secured } from "../http/authenticate.ts";
import { idParam } from "../http/fields.ts";
import { ndjsonType, streamLines } from "../http/ndjson.ts";
import { pageQuery } from "../http/paging.ts";
import { badBody, json, jsonBody, refusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import { listSessions } from "../session/list-sessions.ts";
import { exportUsers } from "./export-users.ts";
import { adminUserSchema, roleSet, sessionPage, suspension, userPage, userQuery } from "./fields.ts";
import { listUsers } from "./list-users.ts";
import { endUserSessions, getUser, reinstateUser, setRoles, suspendUser } from "./manage-user.ts";

const denied = ["missing_token", "invalid_token", "not_allowed", "not_found"] as const;
/** What the routes on one user share. */
function onUser<P extends Permission>(permission: P) {
  return { tags: ["Users"], ...secured(permission) };
}

const list = createRoute({
  method: "get",
  path: "/admin/users",
  operationId: "listUsers",
  summary: "Search and page through users",
  ...onUser("users:read"),
  request: { query: userQuery },
  responses: {
    200: json(userPage, "A page of users"),
    ...refusals("invalid_cursor", "missing_token", "invalid_token", "not_allowed", "invalid_fields"),
  },
});

const exportAll = createRoute({
  method: "get",
  path: "/admin/users/export",
  operationId: "exportUsers",
  summary: "Every user, the oldest first, a line of JSON each",
  ...onUser("users:export"),
  responses: {
    200: {
      description: "`AdminUser`s. A reply that breaks off is not all of them",
      content: { [ndjsonType]: { schema: adminUserSchema } },
    },
    ...refusals("missing_token", "invalid_token", "not_allowed"),
  },
});

const get = createRoute({
  method: "get",
  path: "/admin/users/{id}",
  operationId: "getUser",
  summary: "One user",
  ...onUser("users:read"),
  request: { params: idParam },
  responses: { 200: json(adminUserSchema, "The user"), ...refusals(...denied) },
});

const putRoles = createRoute({
  method: "put",
  path: "/admin/users/{id}/roles",
  operationId: "setRoles",
  summary: "Give a user exactly these roles",
  ...onUser("roles:assign"),
  request: { params: idParam, body: jsonBody(roleSet) },
  responses: {
    200: json(adminUserSchema, "The user as it now is"),
    ...refusals(...denied, ...badBody, "last_admin", "conflict"),
  },
});

const suspend = createRoute({
  method: "post",
  path: "/admin/users/{id}/suspend",
  operationId: "suspendUser",
  summary: "Suspend a user: every session ends",
  ...onUser("users:write"),
  request: { params: idParam, body: { content: { "application/json": { schema: suspension } } } },
  responses: {
    200: json(adminUserSchema, "The user as it now is"),
    ...refusals(...denied, ...badBody, "last_admin"),
  },
});

const reinstate = createRoute({
  method: "post",
  path: "/admin/users/{id}/reinstate",
  operationId: "reinstateUser",
  summary: "Let a suspended user sign in again",
  ...onUser("users:write"),
  request: { params: idParam },
  responses: { 200: json(adminUserSchema, "The user as it now is"), ...refusals(...denied) },
});

const getSessions = createRoute({
  method: "get",
  path: "/admin/users/{id}/sessions",
  operationId: "listUserSessions",
  summary: "A user's live sessions, newest first",
  ...onUser("users:read"),
  request: { params: idParam, query: pageQuery },
  responses: {
    200: json(sessionPage, "A page of sessions"),
    ...refusals(...denied, "invalid_cursor", "invalid_fields"),
  },
});

const endSessions = createRoute({
  method: "delete",
  path: "/admin/users/{id}/sessions",
  operationId: "endUserSessions",
  summary: "End every session of a user",
  ...onUser("users:write"),
  request: { params: idParam },
  responses: { 204: { description: "Ended" }, ...refusals(...denied) },
});

/** @public */
export const adminRoutes = createRouter()
  .openapi(list, async (c) => {
    const { limit, cursor, sort, ...filter } = c.req.valid("query");
    return c.json(await listUsers(c.var.deps, c.var.actor, { filter, sort, limit, cursor }), 200);
  })
  .openapi(exportAll, async (c) => {
    const { deps, caller, actor } = c.var;
    // A stream has no type of its own: it is the contract that says what its lines are.
    return (await streamLines(c, "users.ndjson", exportUsers(deps, caller, actor))) as never;
  })
  .openapi(get, async (c) => c.json(await getUser(c.var.deps, c.var.actor, c.req.valid("param").id), 200))
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
