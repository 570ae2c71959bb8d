import { createRoute } from "@hono/zod-openapi";
import { secured } from "../http/authenticate.ts";
import { idParam } from "../http/fields.ts";
import { pageQuery } from "../http/paging.ts";
import { badBody, denied, json, jsonBody, refusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import {
  clientChange,
  clientPage,
  clientSchema,
  clientWithSecret,
  newClient,
  registeredClient,
} from "./fields.ts";
import { getClient, listClients } from "./list-clients.ts";
import { addSecret, changeClient, registerClient } from "./register-client.ts";
import { deleteClient, removeSecret } from "./remove-client.ts";

const tags = ["Clients"];

const list = createRoute({
  method: "get",
  path: "/admin/clients",
  operationId: "listClients",
  tags,
  summary: "The machine clients there are, newest first",
  ...secured("clients:read"),
  request: { query: pageQuery },
  responses: {
    200: json(clientPage, "A page of clients"),
    ...refusals("invalid_cursor", ...denied, "invalid_fields"),
  },
});

const register = createRoute({
  method: "post",
  path: "/admin/clients",
  operationId: "registerClient",
  tags,
  summary: "Register a service that acts by itself. Its secret is told this once",
  ...secured("clients:write", "step-up", "people only"),
  request: { body: jsonBody(newClient) },
  responses: {
    201: json(registeredClient, "The client, with its secret where it has one"),
    ...refusals(...badBody, ...denied),
  },
});

const get = createRoute({
  method: "get",
  path: "/admin/clients/{id}",
  operationId: "getClient",
  tags,
  summary: "One machine client",
  ...secured("clients:read"),
  request: { params: idParam },
  responses: { 200: json(clientSchema, "The client"), ...refusals(...denied, "not_found") },
});

const change = createRoute({
  method: "patch",
  path: "/admin/clients/{id}",
  operationId: "changeClient",
  tags,
  summary: "Change a machine client. A field left out stays, and so does how it authenticates",
  ...secured("clients:write", "step-up", "people only"),
  request: { params: idParam, body: jsonBody(clientChange) },
  responses: {
    200: json(clientSchema, "The client as it now is"),
    ...refusals(...badBody, ...denied, "not_found", "conflict"),
  },
});

const remove = createRoute({
  method: "delete",
  path: "/admin/clients/{id}",
  operationId: "deleteClient",
  tags,
  summary: "Delete a machine client, and with it its tokens",
  ...secured("clients:write", "people only"),
  request: { params: idParam },
  responses: { 204: { description: "Deleted" }, ...refusals(...denied, "not_found") },
});

const newSecret = createRoute({
  method: "post",
  path: "/admin/clients/{id}/secrets",
  operationId: "addClientSecret",
  tags,
  summary: "Give a client a second secret, to replace the first while it is in use",
  ...secured("clients:write", "step-up", "people only"),
  request: { params: idParam },
  responses: {
    201: json(clientWithSecret, "The client, with the new secret"),
    ...refusals(...denied, "not_found", "conflict"),
  },
});

const removeOne = createRoute({
  method: "delete",
  path: "/admin/clients/{id}/secrets/{secret_id}",
  operationId: "removeClientSecret",
  tags,
  summary: "Take a secret away, and with it the tokens it brought",
  ...secured("clients:write", "people only"),
  request: { params: idParam.extend({ secret_id: idParam.shape.id }) },
  responses: { 204: { description: "Gone" }, ...refusals(...denied, "not_found") },
});

/** @public */
export const clientRoutes = createRouter()
  .openapi(list, async (c) => {
    const { limit, cursor } = c.req.valid("query");
    return c.json(await listClients(c.var.deps, c.var.actor, { limit, cursor }), 200);
  })
  .openapi(register, async (c) => {
    const { deps, caller, actor } = c.var;
    return c.json(await registerClient(deps, caller, actor, c.req.valid("json")), 201);
  })
  .openapi(get, async (c) => c.json(await getClient(c.var.deps, c.var.actor, c.req.valid("param").id), 200))
  .openapi(change, async (c) => {
    const { deps, caller, actor } = c.var;
    const input = { ...c.req.valid("param"), ...c.req.valid("json") };
    return c.json(await changeClient(deps, caller, actor, input), 200);
  })
  .openapi(remove, async (c) => {
    const { deps, caller, actor } = c.var;
    await deleteClient(deps, caller, actor, c.req.valid("param").id);
    return c.body(null, 204);
  })
  .openapi(newSecret, async (c) => {
    const { deps, caller, actor } = c.var;
    return c.json(await addSecret(deps, caller, actor, c.req.valid("param").id), 201);
  })
  .openapi(removeOne, async (c) => {
    const { deps, caller, actor } = c.var;
    const { id, secret_id: secretId } = c.req.valid("param");
    await removeSecret(deps, caller, actor, { id, secretId });
    return c.body(null, 204);
  });
