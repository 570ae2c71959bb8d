import { createRoute, z } from "@hono/zod-openapi";
import { secured } from "../http/authenticate.ts";
import { pageOf, pageQuery } from "../http/paging.ts";
import { badBody, denied, json, jsonBody, refusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import { changeRole, createRole, deleteRole } from "./change-role.ts";
import { nameParam, permissionSet, roleName } from "./fields.ts";
import { listPermissions } from "./list-permissions.ts";
import { listRoles } from "./list-roles.ts";

const tags = ["Roles"];

const mfaField = z.boolean().openapi({
  description: "Whether the role, with what it allows, counts only in sessions of two factors",
  example: false,
});

const roleSchema = z
  .object({
    name: z.string().openapi({ example: "support" }),
    permissions: permissionSet.openapi({ example: ["users:read"] }),
    mfa_required: mfaField,
    created_at: z.string().openapi({ example: "2026-11-24T09:00:00.000Z" }),
  })
  .openapi("Role");

const list = createRoute({
  method: "get",
  path: "/admin/roles",
  operationId: "listRoles",
  tags,
  summary: "The roles there are, by name",
  ...secured("roles:read"),
  request: { query: pageQuery },
  responses: {
    200: json(
      pageOf(roleSchema).extend({ total_estimate: z.number().int() }).openapi("RolePage"),
      "A page of roles",
    ),
    ...refusals("invalid_cursor", ...denied, "invalid_fields"),
  },
});

const create = createRoute({
  method: "post",
  path: "/admin/roles",
  operationId: "createRole",
  tags,
  summary: "Make a role of permissions that one holds oneself",
  ...secured("roles:write", "step-up", "people only"),
  request: {
    body: jsonBody(
      z.strictObject({ name: roleName, permissions: permissionSet, mfa_required: mfaField.optional() }),
    ),
  },
  responses: { 201: json(roleSchema, "The role"), ...refusals(...badBody, ...denied, "conflict") },
});

const change = createRoute({
  method: "patch",
  path: "/admin/roles/{name}",
  operationId: "changeRole",
  tags,
  summary: "Give a role exactly these permissions, or have it take two factors. A field left out stays",
  description:
    "The role `user` stays as it is, and so do the permissions of `admin`. Whether `admin` takes two factors is set in a " +
    "session of two: somebody must be left who can administer.",
  ...secured("roles:write", "step-up", "people only"),
  request: {
    params: nameParam,
    body: jsonBody(
      z.strictObject({ permissions: permissionSet.optional(), mfa_required: mfaField.optional() }),
    ),
  },
  responses: {
    200: json(roleSchema, "The role as it now is"),
    ...refusals(...badBody, ...denied, "not_found", "last_admin", "conflict"),
  },
});

const remove = createRoute({
  method: "delete",
  path: "/admin/roles/{name}",
  operationId: "deleteRole",
  tags,
  summary: "Delete a role and take it from everyone who has it. The roles `admin` and `user` stay",
  ...secured("roles:write", "step-up", "people only"),
  request: { params: nameParam },
  responses: {
    204: { description: "Deleted" },
    ...refusals(...denied, "not_found", "last_admin", "conflict"),
  },
});

const getPermissions = createRoute({
  method: "get",
  path: "/admin/permissions",
  operationId: "listPermissions",
  tags,
  summary: "Every permission a role can own",
  ...secured("roles:read"),
  request: { query: pageQuery },
  responses: {
    200: json(
      pageOf(z.object({ name: permissionSet.element, description: z.string() }))
        .extend({ total_estimate: z.number().int() })
        .openapi("PermissionPage"),
      "A page of permissions",
    ),
    ...refusals("invalid_cursor", ...denied, "invalid_fields"),
  },
});

/** @public */
export const roleRoutes = createRouter()
  .openapi(list, async (c) =>
    c.json(await listRoles(c.var.deps, c.var.actor, { cursor: undefined, ...c.req.valid("query") }), 200),
  )
  .openapi(create, async (c) => {
    const { deps, caller, actor } = c.var;
    return c.json(await createRole(deps, caller, actor, c.req.valid("json")), 201);
  })
  .openapi(change, async (c) => {
    const { deps, caller, actor } = c.var;
    const role = { ...c.req.valid("param"), ...c.req.valid("json") };
    return c.json(await changeRole(deps, caller, actor, role), 200);
  })
  .openapi(remove, async (c) => {
    const { deps, caller, actor } = c.var;
    await deleteRole(deps, caller, actor, c.req.valid("param").name);
    return c.body(null, 204);
  })
  .openapi(getPermissions, async (c) => {
    const page = { cursor: undefined, ...c.req.valid("query") };
    return c.json(await listPermissions(c.var.deps, c.var.actor, page), 200);
  });
