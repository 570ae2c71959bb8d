import { createRoute, z } from "@hono/zod-openapi";
import { badBody, json, jsonBody, refusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import { factorCodeField } from "../mfa/fields.ts";
import { tokenSchema } from "../token/fields.ts";
import { issueTokens } from "../token/issue-tokens.ts";
import { mfaTokenField } from "./fields.ts";
import { showSecondFactor } from "./show-second-factor.ts";

const route = createRoute({
  method: "post",
  path: "/auth/mfa",
  operationId: "showSecondFactor",
  tags: ["Sign-in"],
  summary: "Finish a sign-in by a code of the authenticator app or a recovery code",
  request: {
    body: jsonBody(
      z.strictObject({
        mfa_token: mfaTokenField,
        method: z.enum(["totp", "recovery_code"]),
        code: factorCodeField,
        trust_device: z.boolean().optional().openapi({
          description:
            "Answer a `device_token`, by a code of the app and where the service has devices trusted",
        }),
      }),
    ),
  },
  responses: {
    200: json(
      tokenSchema.extend({ device_token: z.string().optional() }).openapi("SecondFactorResponse"),
      "Tokens",
    ),
    ...refusals(...badBody, "invalid_proof", "throttled"),
  },
});

/** @public */
export const secondFactorRoutes = createRouter().openapi(route, async (c) => {
  const { mfa_token: mfaToken, trust_device: trustDevice = false, ...input } = c.req.valid("json");
  const { deps, caller } = c.var;
  const { grant, deviceToken } = await showSecondFactor(deps, caller, { ...input, mfaToken, trustDevice });
  return c.json(
    { ...(await issueTokens(deps, grant)), ...(deviceToken && { device_token: deviceToken }) },
    200,
  );
});
