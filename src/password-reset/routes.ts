import { createRoute, z } from "@hono/zod-openapi";
import { emailField } from "../account/fields.ts";
import { secured } from "../http/authenticate.ts";
import { idParam } from "../http/fields.ts";
import { humanParameter, mustBeHuman } from "../http/human.ts";
import { badBody, denied, jsonBody, refusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import { requestMail } from "../outbox/request-mail.ts";
import { passwordField } from "../password/fields.ts";
import { tokenField } from "../proof/fields.ts";
import { forceReset } from "./force-reset.ts";
import { resetPassword } from "./reset-password.ts";

const forgot = createRoute({
  method: "post",
  path: "/auth/password/forgot",
  operationId: "forgotPassword",
  tags: ["Password"],
  summary: "Have a reset link mailed. The answer is the same for every address",
  middleware: mustBeHuman,
  parameters: [humanParameter],
  request: { body: jsonBody(z.strictObject({ email: emailField })) },
  responses: {
    202: { description: "If the address has an account, a mail is on its way" },
    ...refusals(...badBody, "not_allowed", "throttled"),
  },
});

const reset = createRoute({
  method: "post",
  path: "/auth/password/reset",
  operationId: "resetPassword",
  tags: ["Password"],
  summary: "Set a new password by the mailed token: every session ends",
  request: { body: jsonBody(z.strictObject({ token: tokenField, new_password: passwordField })) },
  responses: {
    204: { description: "Changed. Sign in with the new password" },
    ...refusals(...badBody, "invalid_proof", "busy"),
  },
});

const force = createRoute({
  method: "post",
  path: "/admin/users/{id}/password-reset",
  operationId: "forcePasswordReset",
  tags: ["Users"],
  summary: "Take a user's password away and mail a reset link: every session ends",
  ...secured("users:write"),
  request: { params: idParam },
  responses: {
    202: { description: "The password is gone, and a mail is on its way" },
    ...refusals(...denied, "not_found", "conflict"),
  },
});

/** @public */
export const passwordResetRoutes = createRouter()
  .openapi(forgot, async (c) => {
    await requestMail(c.var.deps, c.var.caller, "password_reset", c.req.valid("json").email);
    return c.body(null, 202);
  })
  .openapi(reset, async (c) => {
    const { token, new_password: newPassword } = c.req.valid("json");
    await resetPassword(c.var.deps, c.var.caller, { token, newPassword });
    return c.body(null, 204);
  })
  .openapi(force, async (c) => {
    const { deps, caller, actor } = c.var;
    await forceReset(deps, caller, actor, c.req.valid("param").id);
    return c.body(null, 202);
  });
