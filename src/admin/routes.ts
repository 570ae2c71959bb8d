import { createRoute } from "@hono/zod-openapi";
import type { Permission } from "../access/permissions.ts";
import { secured } from "../http/authenticate.ts";
import { idParam } from "../http/fields.ts";
import { pageQuery } from "../http/paging.ts";
import { badBody, json, jsonBody, refusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import { listSessions } from "../session/list-sessions.ts";
import { deleteUser, updateUser } from "./change-user.ts";
import { createUser } from "./create-user.ts";
import {
  adminUserSchema,
  newUser,
  roleSet,
  sessionPage,
  suspension,
  userChange,
  userPage,
  userQuery,
} from "./fields.ts";
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
    ...refusals(...denied, ...badBody, "last_admin", "conflict"),
  },
});

const reinstate = createRoute({
  method: "post",
  path: "/admin/users/{id}/reinstate",
  operationId: "reinstateUser",
  summary: "Let a suspended user sign in again",
  ...onUser("users:write"),
  request: { params: idParam },
  responses: { 200: json(adminUserSchema, "The user as it now is"), ...refusals(...denied, "conflict") },
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
  responses: { 204: { description: "Ended" }, ...refusals(...denied, "conflict") },
});

const create = createRoute({
  method: "post",
  path: "/admin/users",
  operationId: "createUser",
  summary: "Make an account for somebody, and invite them to choose a password",
  ...onUser("users:write"),
  request: { body: jsonBody(newUser) },
  responses: {
    201: json(adminUserSchema, "The user"),
    ...refusals(...badBody, "missing_token", "invalid_token", "not_allowed", "email_taken", "conflict"),
  },
});

const update = createRoute({
  method: "patch",
  path: "/admin/users/{id}",
  operationId: "updateUser",
  summary: "Change a user. A field left out stays; null clears the name; metadata is replaced whole",
  ...onUser("users:write"),
  request: { params: idParam, body: jsonBody(userChange) },
  responses: {
    200: json(adminUserSchema, "The user as it now is"),
    ...refusals(...badBody, ...denied, "email_taken", "conflict"),
  },
});

const remove = createRoute({
  method: "delete",
  path: "/admin/users/{id}",
  operationId: "deleteUser",
  summary: "Delete a user for good",
  ...onUser("users:delete"),
  request: { params: idParam },
  responses: {
    204: { description: "Deleted. The address is free" },
    ...refusals(...denied, "last_admin", "conflict"),
  },
});

/** @public */
export const adminRoutes = createRouter()
  .openapi(list, async (c) => {
    const { limit, cursor, sort, ...filter } = c.req.valid("query");
    return c.json(await listUsers(c.var.deps, c.var.actor, { filter, sort, limit, cursor }), 200);
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
  })
  .openapi(create, async (c) => {
    const { deps, caller, actor } = c.var;
    return c.json(await createUser(deps, caller, actor, c.req.valid("json")), 201);
  })
  .openapi(update, async (c) => {
    const { deps, caller, actor } = c.var;
    const change = { ...c.req.valid("param"), ...c.req.valid("json") };
    return c.json(await updateUser(deps, caller, actor, change), 200);
  })
  .openapi(remove, async (c) => {
    const { deps, caller, actor } = c.var;
    await deleteUser(deps, caller, actor, c.req.valid("param").id);
    return c.body(null, 204);
  });
