import { createRoute, z } from "@hono/zod-openapi";
import { secured } from "../http/authenticate.ts";
import { badBody, bearerRefused, json, jsonBody, refusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import { factorCodeField } from "../mfa/fields.ts";
import { assertionField } from "../passkey/fields.ts";
import { passwordField } from "../password/fields.ts";
import { codeField, flowIdField } from "../proof/fields.ts";
import { tokenSchema } from "../token/fields.ts";
import { issueTokens } from "../token/issue-tokens.ts";
import { type Again, reauthenticate } from "./reauthenticate.ts";

const again = z.discriminatedUnion("method", [
  z.strictObject({ method: z.literal("password"), password: passwordField }),
  z.strictObject({ method: z.literal("totp"), code: factorCodeField }),
  z.strictObject({ method: z.literal("recovery_code"), code: factorCodeField }),
  z.strictObject({ method: z.literal("passkey"), flow_id: flowIdField, credential: assertionField }),
  z.strictObject({ method: z.literal("email_code"), flow_id: flowIdField, code: codeField }),
]);

const route = createRoute({
  method: "post",
  path: "/auth/reauthenticate",
  operationId: "reauthenticate",
  tags: ["Sign-in"],
  summary:
    "Authenticate again in this session, by the strongest factor one has. The refresh token is replaced",
  ...secured("self"),
  request: { body: jsonBody(again) },
  responses: {
    200: json(tokenSchema, "Tokens with a fresh `auth_time`"),
    ...refusals(
      ...badBody,
      ...bearerRefused,
      "invalid_credentials",
      "invalid_proof",
      "reauthentication_required",
      "throttled",
      "busy",
    ),
  },
});

function inputOf(body: z.output<typeof again>): Again {
  if (body.method === "email_code") return { method: body.method, flowId: body.flow_id, code: body.code };
  if (body.method !== "passkey") return body;
  return { method: body.method, flowId: body.flow_id, response: body.credential };
}

/** @public */
export const reauthenticationRoutes = createRouter().openapi(route, async (c) => {
  const { deps, caller, actor } = c.var;
  const body = c.req.valid("json");
  const grant = await reauthenticate(deps, caller, actor, inputOf(body));
  return c.json(await issueTokens(deps, grant), 200);
});
