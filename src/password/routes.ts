import { createRoute, z } from "@hono/zod-openapi";
import { secured } from "../http/authenticate.ts";
import { bearerRefused, json, jsonBody, refusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import { changePassword } from "./change-password.ts";
import { passwordField } from "./fields.ts";
import { passwordPolicy } from "./policy.ts";

const policySchema = z
  .object({
    policy: z.enum(["complexity", "nist"]),
    min_length: z.number().int(),
    max_length: z.number().int(),
    max_bytes: z.number().int(),
    classes_required: z.boolean(),
    classes_waived_from: z.number().int().nullable(),
  })
  .openapi("PasswordPolicy", {
    example: {
      policy: "complexity",
      min_length: 8,
      max_length: 128,
      max_bytes: 512,
      classes_required: true,
      classes_waived_from: 15,
    },
  });

const getPolicy = createRoute({
  method: "get",
  path: "/auth/password-policy",
  operationId: "getPasswordPolicy",
  tags: ["Password"],
  summary: "The rules of a new password, for forms to show",
  responses: { 200: json(policySchema, "The rules in force"), ...refusals() },
});

const change = createRoute({
  method: "post",
  path: "/users/me/password",
  operationId: "changePassword",
  tags: ["Password"],
  summary: "Change one's password; every other session ends",
  ...secured("self"),
  request: {
    body: jsonBody(
      z.strictObject({ current_password: passwordField.optional(), new_password: passwordField }),
    ),
  },
  responses: {
    204: { description: "Changed" },
    ...refusals(
      "malformed_json",
      ...bearerRefused,
      "invalid_credentials",
      "reauthentication_required",
      "conflict",
      "body_too_large",
      "unsupported_media_type",
      "invalid_fields",
      "throttled",
      "busy",
    ),
  },
});

/** @public */
export const passwordRoutes = createRouter()
  .openapi(getPolicy, (c) => {
    const policy = passwordPolicy(c.var.deps.config.passwordPolicy);
    const wire = {
      policy: policy.name,
      min_length: policy.minLength,
      max_length: policy.maxLength,
      max_bytes: policy.maxBytes,
      classes_required: policy.classesRequired,
      classes_waived_from: policy.classesWaivedFrom,
    };
    return c.json(wire, 200);
  })
  .openapi(change, async (c) => {
    const { current_password: currentPassword, new_password: newPassword } = c.req.valid("json");
    await changePassword(c.var.deps, c.var.caller, c.var.actor, { currentPassword, newPassword });
    return c.body(null, 204);
  });
