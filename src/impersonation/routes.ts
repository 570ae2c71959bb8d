import { createRoute, z } from "@hono/zod-openapi";
import { secured } from "../http/authenticate.ts";
import { idParam } from "../http/fields.ts";
import { badBody, denied, json, jsonBody, refusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import { mintAccessToken } from "../token/access-token.ts";
import { tokenSchema } from "../token/fields.ts";
import { reasonField } from "./fields.ts";
import { impersonate } from "./impersonate.ts";

const tokenOnly = tokenSchema
  .pick({ access_token: true, token_type: true, expires_in: true })
  .openapi("ImpersonationToken");

const route = createRoute({
  method: "post",
  path: "/admin/users/{id}/impersonate",
  operationId: "impersonateUser",
  tags: ["Users"],
  summary: "Act as a user who holds no permission, for 15 minutes, for a stated reason",
  ...secured("users:impersonate", "step-up", "people only"),
  request: { params: idParam, body: jsonBody(z.strictObject({ reason: reasonField })) },
  responses: {
    200: json(tokenOnly, "A token that names both"),
    ...refusals(...badBody, ...denied, "not_found", "conflict"),
  },
});

/** @public */
export const impersonationRoutes = createRouter().openapi(route, async (c) => {
  const { deps, caller, actor } = c.var;
  const input = { ...c.req.valid("param"), ...c.req.valid("json") };
  const { grant, impersonator } = await impersonate(deps, caller, actor, input);
  const { token, expiresIn } = await mintAccessToken(deps, grant, impersonator);
  return c.json({ access_token: token, token_type: "Bearer" as const, expires_in: expiresIn }, 200);
});
