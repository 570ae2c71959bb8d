import { createRoute, z } from "@hono/zod-openapi";
import { optionalClaims } from "../http/authenticate.ts";
import { badBody, json, jsonBody, refusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import { assertionField, flowField, requestOptionsSchema } from "../passkey/fields.ts";
import { tokenSchema } from "../token/fields.ts";
import { issueTokens } from "../token/issue-tokens.ts";
import { requestPasskey } from "./request-passkey.ts";
import { signInByPasskey } from "./sign-in-by-passkey.ts";

const options = createRoute({
  method: "post",
  path: "/auth/passkey/options",
  operationId: "getPasskeyRequestOptions",
  tags: ["Sign-in"],
  summary:
    "Options for an answer by a passkey: to sign in, as the second factor (`mfa_token`), or to authenticate again (bearer)",
  security: [{ bearer: [] }, {}],
  request: {
    body: {
      content: {
        "application/json": { schema: z.strictObject({ mfa_token: z.string().min(1).max(2048).optional() }) },
      },
    },
  },
  responses: {
    200: json(requestOptionsSchema, "Options, good for five minutes and one answer"),
    ...refusals(...badBody, "invalid_token", "invalid_proof", "not_allowed", "not_found"),
  },
});

const signIn = createRoute({
  method: "post",
  path: "/auth/passkey",
  operationId: "signInByPasskey",
  tags: ["Sign-in"],
  summary: "Sign in by a passkey, by itself or as the second factor",
  request: { body: jsonBody(z.strictObject({ flow_id: flowField, credential: assertionField })) },
  responses: {
    200: json(tokenSchema, "Tokens"),
    ...refusals(...badBody, "invalid_proof", "account_suspended", "email_not_verified", "throttled"),
  },
});

/** @public */
export const passkeySignInRoutes = createRouter()
  .openapi(options, async (c) => {
    const { mfa_token: mfaToken } = c.req.valid("json");
    const claims = await optionalClaims(c);
    const actor = claims && { ...claims, permission: "self" as const };
    return c.json(await requestPasskey(c.var.deps, { mfaToken, actor }), 200);
  })
  .openapi(signIn, async (c) => {
    const { flow_id: flowId, credential: response } = c.req.valid("json");
    const grant = await signInByPasskey(c.var.deps, c.var.caller, { flowId, response });
    return c.json(await issueTokens(c.var.deps, grant), 200);
  });
