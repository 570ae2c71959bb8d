import { createRoute } from "@hono/zod-openapi";
import { secured } from "../http/authenticate.ts";
import { idParam } from "../http/fields.ts";
import { linesOf, streamLines } from "../http/ndjson.ts";
import { badBody, denied, json, jsonBody, refusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import { deleteUser, updateUser } from "./change-user.ts";
import { createUser } from "./create-user.ts";
import { exportUsers } from "./export-users.ts";
import { adminUserSchema, newUser, userChange, userPage, userQuery } from "./fields.ts";
import { listUsers } from "./list-users.ts";
import { getUser } from "./manage-user.ts";

const tags = ["Users"];

const list = createRoute({
  method: "get",
  path: "/admin/users",
  operationId: "listUsers",
  summary: "Search and page through users",
  tags,
  ...secured("users:read"),
  request: { query: userQuery },
  responses: {
    200: json(userPage, "A page of users"),
    ...refusals("invalid_cursor", ...denied, "invalid_fields"),
  },
});

const exportAll = createRoute({
  method: "get",
  path: "/admin/users/export",
  operationId: "exportUsers",
  summary: "Every user, the oldest first, a line of JSON each",
  tags,
  ...secured("users:export"),
  responses: {
    200: linesOf("The users, each as the list shows it"),
    ...refusals(...denied),
  },
});

const get = createRoute({
  method: "get",
  path: "/admin/users/{id}",
  operationId: "getUser",
  summary: "One user",
  tags,
  ...secured("users:read"),
  request: { params: idParam },
  responses: { 200: json(adminUserSchema, "The user"), ...refusals(...denied, "not_found") },
});

const create = createRoute({
  method: "post",
  path: "/admin/users",
  operationId: "createUser",
  summary: "Make an account for somebody, and invite them to choose a password",
  tags,
  ...secured("users:write", "step-up"),
  request: { body: jsonBody(newUser) },
  responses: {
    201: json(adminUserSchema, "The user"),
    ...refusals(...badBody, ...denied, "email_taken", "conflict"),
  },
});

const update = createRoute({
  method: "patch",
  path: "/admin/users/{id}",
  operationId: "updateUser",
  summary: "Change a user. A field left out stays; null clears the name; metadata is replaced whole",
  tags,
  ...secured("users:write"),
  request: { params: idParam, body: jsonBody(userChange) },
  responses: {
    200: json(adminUserSchema, "The user as it now is"),
    ...refusals(...badBody, ...denied, "not_found", "email_taken", "conflict"),
  },
});

const remove = createRoute({
  method: "delete",
  path: "/admin/users/{id}",
  operationId: "deleteUser",
  summary: "Delete a user for good",
  tags,
  ...secured("users:delete"),
  request: { params: idParam },
  responses: {
    204: { description: "Deleted. The address is free" },
    ...refusals(...denied, "not_found", "last_admin", "conflict"),
  },
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
