import { createRoute, z } from "@hono/zod-openapi";
import { emailField, userSchema } from "../account/fields.ts";
import { optionalClaims, secured } from "../http/authenticate.ts";
import { badBody, bearerRefused, json, jsonBody, refusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import { requestMail } from "../outbox/request-mail.ts";
import { passwordField } from "../password/fields.ts";
import { codeField, flowIdField, flowSchema, oneProof, tokenField } from "../proof/fields.ts";
import { changeEmail } from "./change-email.ts";
import { verifyEmail } from "./verify-email.ts";

const request = createRoute({
  method: "post",
  path: "/auth/email/verification",
  operationId: "requestVerification",
  tags: ["Address"],
  summary: "Have the verification mailed again. The answer is the same for every address",
  request: { body: jsonBody(z.strictObject({ email: emailField })) },
  responses: {
    202: json(flowSchema, "If the address waits to be verified, a mail is on its way"),
    ...refusals(...badBody, "throttled"),
  },
});

const verify = createRoute({
  method: "post",
  path: "/auth/email/verify",
  operationId: "verifyEmail",
  tags: ["Address"],
  summary:
    "Verify an address by the mailed token, or the code with its flow: as the account's owner, by bearer or password, or taking an unverified account over with a new password",
  security: [{ bearer: [] }, {}],
  request: {
    body: jsonBody(
      z
        .strictObject({
          token: tokenField.optional(),
          flow_id: flowIdField.optional(),
          code: codeField.optional(),
          password: passwordField.optional(),
          new_password: passwordField.optional(),
        })
        .superRefine(oneProof),
    ),
  },
  responses: {
    200: json(userSchema, "The account, its address verified"),
    ...refusals(
      ...badBody,
      "invalid_token",
      "invalid_proof",
      "invalid_credentials",
      "not_allowed",
      "email_taken",
      "busy",
    ),
  },
});

const change = createRoute({
  method: "post",
  path: "/users/me/email",
  operationId: "changeEmail",
  tags: ["Address"],
  summary: "Change one's address. It takes effect when the new one is verified",
  ...secured("self"),
  request: {
    body: jsonBody(z.strictObject({ new_email: emailField, password: passwordField.optional() })),
  },
  responses: {
    202: json(flowSchema, "A mail is on its way to the new address"),
    ...refusals(
      ...badBody,
      ...bearerRefused,
      "invalid_credentials",
      "reauthentication_required",
      "conflict",
      "throttled",
      "busy",
    ),
  },
});

/** @public */
export const emailVerificationRoutes = createRouter()
  .openapi(request, async (c) => {
    return c.json(
      await requestMail(c.var.deps, c.var.caller, "verify_email", c.req.valid("json").email),
      202,
    );
  })
  .openapi(verify, async (c) => {
    const { token, flow_id: flowId, code, password, new_password: newPassword } = c.req.valid("json");
    const companion = { session: await optionalClaims(c), password, newPassword };
    return c.json(await verifyEmail(c.var.deps, c.var.caller, { token, flowId, code }, companion), 200);
  })
  .openapi(change, async (c) => {
    const { deps, caller, actor } = c.var;
    const { new_email: newEmail, password } = c.req.valid("json");
    return c.json(await changeEmail(deps, caller, actor, { newEmail, password }), 202);
  });
