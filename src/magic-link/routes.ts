import { createRoute, z } from "@hono/zod-openapi";
import { emailField } from "../account/fields.ts";
import { badBody, json, jsonBody, refusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import { requestMail } from "../outbox/request-mail.ts";
import { codeField, flowIdField, flowSchema, oneProof, tokenField } from "../proof/fields.ts";
import { tokenSchema } from "../token/fields.ts";
import { issueTokens } from "../token/issue-tokens.ts";
import { signInByMail } from "./sign-in-by-mail.ts";

const request = createRoute({
  method: "post",
  path: "/auth/magic-link",
  operationId: "requestMagicLink",
  tags: ["Sign-in"],
  summary: "Have a sign-in link and code mailed. The answer is the same for every address",
  request: { body: jsonBody(z.strictObject({ email: emailField })) },
  responses: {
    202: json(flowSchema, "If the address has an account, a mail is on its way"),
    ...refusals(...badBody, "throttled"),
  },
});

const verify = createRoute({
  method: "post",
  path: "/auth/magic-link/verify",
  operationId: "signInByMail",
  tags: ["Sign-in"],
  summary: "Sign in by the mailed token or code, in the browser that asked",
  request: {
    body: jsonBody(
      z
        .strictObject({ flow_id: flowIdField, token: tokenField.optional(), code: codeField.optional() })
        .superRefine(oneProof),
    ),
  },
  responses: {
    200: json(tokenSchema, "Tokens"),
    ...refusals(...badBody, "invalid_proof", "mfa_required", "account_suspended"),
  },
});

/** @public */
export const magicLinkRoutes = createRouter()
  .openapi(request, async (c) => {
    return c.json(await requestMail(c.var.deps, c.var.caller, "magic_link", c.req.valid("json").email), 202);
  })
  .openapi(verify, async (c) => {
    const { flow_id: flowId, token, code } = c.req.valid("json");
    const grant = await signInByMail(c.var.deps, c.var.caller, { flowId, token, code });
    return c.json(await issueTokens(c.var.deps, grant), 200);
  });
