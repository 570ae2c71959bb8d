import { createRoute } from "@hono/zod-openapi";
import { secured } from "../http/authenticate.ts";
import { idParam } from "../http/fields.ts";
import { denied, refusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import { resetFactors } from "./reset-factors.ts";

const reset = createRoute({
  method: "delete",
  path: "/admin/users/{id}/mfa",
  operationId: "resetUserMfa",
  tags: ["Users"],
  summary: "Take all second factors of a user who has lost them: every session ends",
  ...secured("users:write", "step-up"),
  request: { params: idParam },
  responses: {
    204: { description: "None is left" },
    ...refusals(...denied, "not_found", "conflict"),
  },
});

/**
 * Second factors of others.
 * @public
 */
export const mfaAdminRoutes = createRouter().openapi(reset, async (c) => {
  const { deps, caller, actor } = c.var;
  await resetFactors(deps, caller, actor, c.req.valid("param").id);
  return c.body(null, 204);
});
