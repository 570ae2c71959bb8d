import { createRoute, z } from "@hono/zod-openapi";
import { emailField } from "../account/fields.ts";
import { secured } from "../http/authenticate.ts";
import { textField } from "../http/fields.ts";
import { denied, json, jsonBody, refusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import { inviteUser } from "./invite-user.ts";

const invitationSchema = z
  .object({
    id: z.string().openapi({ example: "0199a1b2-0000-7000-8000-000000000003" }),
    email: z.string().openapi({ example: "grace@example.com" }),
    roles: z.array(z.string()).openapi({ example: ["user"] }),
    expires_at: z.string().openapi({ example: "2026-12-01T09:00:00.000Z" }),
  })
  .openapi("Invitation");

const invite = createRoute({
  method: "post",
  path: "/admin/invitations",
  operationId: "inviteUser",
  tags: ["Users"],
  summary: "Mail an invitation: good once, for seven days, with roles preset",
  ...secured("users:invite", "step-up", "people only"),
  request: {
    body: jsonBody(
      z.strictObject({
        email: emailField,
        roles: z
          .array(textField(64))
          .min(1)
          .max(50)
          .optional()
          .openapi({ example: ["user"] }),
      }),
    ),
  },
  responses: {
    201: json(invitationSchema, "The invitation, on its way"),
    ...refusals(
      "malformed_json",
      ...denied,
      "signup_closed",
      "email_taken",
      "body_too_large",
      "unsupported_media_type",
      "invalid_fields",
    ),
  },
});

/** @public */
export const invitationRoutes = createRouter().openapi(invite, async (c) => {
  const { deps, caller, actor } = c.var;
  const { email, roles = ["user"] } = c.req.valid("json");
  return c.json(await inviteUser(deps, caller, actor, { email, roles }), 201);
});
