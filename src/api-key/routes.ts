import { createRoute, z } from "@hono/zod-openapi";
import { permissionNames } from "../access/permissions.ts";
import { secured } from "../http/authenticate.ts";
import { idParam, instantField, textField } from "../http/fields.ts";
import { pageOf, pageQuery } from "../http/paging.ts";
import { badBody, denied, json, jsonBody, refusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import { createKey, rotateKey } from "./create-key.ts";
import { listKeys } from "./list-keys.ts";
import { revokeKey } from "./revoke-key.ts";

const tags = ["API keys"];
const day = 86_400;

const instant = z.string().openapi({ example: "2026-11-25T09:00:00.000Z" });

const keySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    prefix: z.string().openapi({ example: "gthk_AZrI3yS0cAG2" }),
    scopes: z.array(z.string()),
    created_at: instant,
    last_used_at: instant.nullable(),
    expires_at: instant.nullable(),
  })
  .openapi("ApiKey");

const newKeySchema = keySchema
  .extend({ key: z.string().openapi({ description: "Told this once", example: "gthk_AZrI3yS0cAG2..." }) })
  .openapi("NewApiKey");

const list = createRoute({
  method: "get",
  path: "/users/me/api-keys",
  operationId: "listApiKeys",
  tags,
  summary: "One's API keys that can be used, newest first",
  ...secured("self"),
  request: { query: pageQuery },
  responses: {
    200: json(pageOf(keySchema), "A page of keys"),
    ...refusals("invalid_cursor", "missing_token", "invalid_token", "not_allowed", "invalid_fields"),
  },
});

const create = createRoute({
  method: "post",
  path: "/users/me/api-keys",
  operationId: "createApiKey",
  tags,
  summary: "Make an API key. It is told this once",
  description:
    "The key is a bearer like an access token: for `GET /users/me`, and for the routes of operators that its scopes allow as " +
    "long as its owner holds them too. It outlives sign-outs and a change of password, and ends with a reset of " +
    "the password, a suspension, or its own end.",
  ...secured("self", "step-up"),
  request: {
    body: jsonBody(
      z.strictObject({
        name: textField(100).openapi({ example: "Nightly export" }),
        scopes: z
          .array(z.enum(permissionNames))
          .max(100)
          .openapi({ example: [], description: "Permissions one holds oneself" }),
        expires_at: instantField.nullish(),
      }),
    ),
  },
  responses: { 201: json(newKeySchema, "The key"), ...refusals(...badBody, ...denied, "conflict") },
});

const rotate = createRoute({
  method: "post",
  path: "/users/me/api-keys/{id}/rotate",
  operationId: "rotateApiKey",
  tags,
  summary: "Make a key like this one, which goes on for a while",
  ...secured("self", "step-up"),
  request: {
    params: idParam,
    body: jsonBody(
      z.strictObject({
        overlap_seconds: z
          .number()
          .int()
          .min(0)
          .max(30 * day)
          .optional()
          .openapi({ default: day, description: "How long the old one goes on" }),
      }),
    ),
  },
  responses: {
    201: json(newKeySchema, "The new key"),
    ...refusals(...badBody, ...denied, "not_found", "conflict"),
  },
});

const revoke = createRoute({
  method: "delete",
  path: "/users/me/api-keys/{id}",
  operationId: "revokeApiKey",
  tags,
  summary: "End an API key, and with it the tokens it was exchanged for",
  ...secured("self"),
  request: { params: idParam },
  responses: {
    204: { description: "Ended" },
    ...refusals("missing_token", "invalid_token", "not_allowed", "not_found"),
  },
});

/** @public */
export const apiKeyRoutes = createRouter()
  .openapi(list, async (c) => {
    const { limit, cursor } = c.req.valid("query");
    return c.json(await listKeys(c.var.deps, c.var.actor, { limit, cursor }), 200);
  })
  .openapi(create, async (c) => {
    const { expires_at: expiresAt = null, ...input } = c.req.valid("json");
    return c.json(await createKey(c.var.deps, c.var.caller, c.var.actor, { ...input, expiresAt }), 201);
  })
  .openapi(rotate, async (c) => {
    const { deps, caller, actor } = c.var;
    const { overlap_seconds: overlapSeconds = day } = c.req.valid("json");
    return c.json(await rotateKey(deps, caller, actor, { ...c.req.valid("param"), overlapSeconds }), 201);
  })
  .openapi(revoke, async (c) => {
    await revokeKey(c.var.deps, c.var.caller, c.var.actor, c.req.valid("param").id);
    return c.body(null, 204);
  });
