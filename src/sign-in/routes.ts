import { createRoute, z } from "@hono/zod-openapi";
import { emailField, nameField, userSchema } from "../account/fields.ts";
import { formType, jsonOrForm } from "../http/form-dialect.ts";
import { humanParameter, mustBeHuman } from "../http/human.ts";
import { json, jsonBody, refusals, tokenRouteRefusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import { passwordField } from "../password/fields.ts";
import { flowSchema, tokenField as invitationField } from "../proof/fields.ts";
import { tokenSchema } from "../token/fields.ts";
import { issueTokens } from "../token/issue-tokens.ts";
import { logIn } from "./log-in.ts";
import { signUp } from "./sign-up.ts";

/** Whatever was typed: what can be an address is the use case's to say, and its one refusal. */
const anyAddress = z.string().openapi({ example: "ada@example.com" });

const deviceTokenField = z.string().min(1).max(2048).openapi({
  description: "Of a device that the user trusts: it is not asked for the second factor",
  example: "9mXk2w.eyJpZCI6Ii4uLiJ9.Qf3vYk0yXcE1n8Jw2LrT5g",
});

const signup = createRoute({
  method: "post",
  path: "/auth/signup",
  operationId: "signUp",
  tags: ["Sign-in"],
  summary: "Make an account and sign in. Unknown fields are ignored",
  middleware: mustBeHuman,
  parameters: [humanParameter],
  request: {
    body: jsonBody(
      z.object({
        email: anyAddress,
        password: passwordField,
        name: nameField.nullish(),
        invitation: invitationField.optional(),
      }),
    ),
  },
  responses: {
    201: json(
      tokenSchema.extend({ user: userSchema }).openapi("SignUpResponse"),
      "The account's first tokens",
    ),
    202: json(
      flowSchema,
      "Where verification is required: a mail is on its way, for new and taken addresses",
    ),
    ...refusals(
      "malformed_json",
      "invalid_proof",
      "signup_closed",
      "not_allowed",
      "email_taken",
      "body_too_large",
      "unsupported_media_type",
      "invalid_fields",
      "throttled",
      "busy",
    ),
  },
});

const login = createRoute({
  method: "post",
  path: "/auth/login",
  operationId: "logIn",
  tags: ["Sign-in"],
  summary: "Sign in by JSON, or by the OAuth2 password form (answered in RFC 6749's dialect)",
  middleware: [jsonOrForm, mustBeHuman] as const,
  parameters: [humanParameter],
  request: {
    body: {
      content: {
        "application/json": {
          schema: z.strictObject({
            email: emailField,
            password: passwordField,
            device_token: deviceTokenField.optional(),
          }),
        },
        [formType]: {
          schema: z.object({
            grant_type: z.literal("password").optional(),
            username: emailField,
            password: passwordField,
            device_token: deviceTokenField.optional(),
            scope: z.string().optional(),
          }),
        },
      },
    },
  },
  responses: {
    200: json(tokenSchema, "Tokens"),
    ...tokenRouteRefusals(
      "malformed_json",
      "invalid_credentials",
      "not_allowed",
      "mfa_required",
      "account_suspended",
      "email_not_verified",
      "body_too_large",
      "unsupported_media_type",
      "invalid_fields",
      "throttled",
      "busy",
    ),
  },
});

/** @public */
export const signInRoutes = createRouter()
  .openapi(signup, async (c) => {
    const { name, ...input } = c.req.valid("json");
    const answer = await signUp(c.var.deps, c.var.caller, { ...input, name: name ?? null });
    if (!("grant" in answer)) return c.json(answer, 202);
    const { grant, user } = answer;
    return c.json({ ...(await issueTokens(c.var.deps, grant)), user }, 201);
  })
  .openapi(login, async (c) => {
    const body = c.req.valid(c.get("dialect") === "oauth" ? "form" : "json");
    const email = "username" in body ? body.username : body.email;
    const input = { email, password: body.password, deviceToken: body.device_token };
    const grant = await logIn(c.var.deps, c.var.caller, input);
    return c.json(await issueTokens(c.var.deps, grant), 200);
  });
