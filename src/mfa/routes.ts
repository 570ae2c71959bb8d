import { createRoute, z } from "@hono/zod-openapi";
import { secured } from "../http/authenticate.ts";
import { badBody, bearerRefused, json, jsonBody, refusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import { confirmTotp } from "./confirm-totp.ts";
import { enrolTotp } from "./enrol-totp.ts";
import { factorCodeField, recoveryCodesSchema } from "./fields.ts";
import { getFactors } from "./get-factors.ts";
import { removeTotp } from "./remove-totp.ts";
import { renewRecoveryCodes } from "./renew-recovery-codes.ts";

const tags = ["Second factors"];
const stepUp = [...bearerRefused, "reauthentication_required"] as const;
const time = z.string().openapi({ example: "2026-11-24T09:00:00.000Z" });

const recoveryCodes = z.object({ recovery_codes: recoveryCodesSchema }).openapi("RecoveryCodes");

const get = createRoute({
  method: "get",
  path: "/users/me/mfa",
  operationId: "getFactors",
  tags,
  summary: "What one has beside the password",
  ...secured("self"),
  responses: {
    200: json(
      z
        .object({
          enabled: z.boolean(),
          totp: z.object({ created_at: time, confirmed_at: time }).nullable(),
          passkeys: z.number().int(),
          recovery_codes_left: z.number().int(),
          trusted_devices: z.number().int(),
        })
        .openapi("Factors"),
      "The factors",
    ),
    ...refusals(...bearerRefused),
  },
});

const enrol = createRoute({
  method: "post",
  path: "/users/me/mfa/totp",
  operationId: "enrolTotp",
  tags,
  summary: "Enrol an authenticator app. It counts once a code of it has confirmed it",
  ...secured("self", "step-up"),
  responses: {
    200: json(
      z
        .object({
          secret: z.string().openapi({ example: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP" }),
          otpauth_uri: z.string().openapi({ example: "otpauth://totp/Example:ada%40example.com?secret=…" }),
          qr_svg: z.string().openapi({ example: "<svg>…</svg>", description: "The URI, to be scanned" }),
        })
        .openapi("TotpEnrolment"),
      "The secret, shown this once",
    ),
    ...refusals(...stepUp, "conflict"),
  },
});

const confirm = createRoute({
  method: "post",
  path: "/users/me/mfa/totp/confirm",
  operationId: "confirmTotp",
  tags,
  summary: "Confirm the authenticator app by a code of it. From now on it is asked for",
  ...secured("self", "step-up"),
  request: { body: jsonBody(z.strictObject({ code: factorCodeField })) },
  responses: {
    200: json(recoveryCodes, "New recovery codes"),
    ...refusals(...badBody, ...stepUp, "invalid_proof", "not_found", "conflict", "throttled"),
  },
});

const remove = createRoute({
  method: "delete",
  path: "/users/me/mfa/totp",
  operationId: "removeTotp",
  tags,
  summary: "Remove the authenticator app",
  ...secured("self", "step-up"),
  responses: { 204: { description: "Removed" }, ...refusals(...stepUp, "not_found", "conflict") },
});

const renewCodes = createRoute({
  method: "post",
  path: "/users/me/mfa/recovery-codes",
  operationId: "renewRecoveryCodes",
  tags,
  summary: "Have ten new recovery codes for the old",
  ...secured("self", "step-up"),
  responses: { 200: json(recoveryCodes, "New recovery codes"), ...refusals(...stepUp, "conflict") },
});

/** @public */
export const mfaRoutes = createRouter()
  .openapi(get, async (c) => c.json(await getFactors(c.var.deps, c.var.actor), 200))
  .openapi(enrol, async (c) => c.json(await enrolTotp(c.var.deps, c.var.actor), 200))
  .openapi(confirm, async (c) => {
    const { deps, caller, actor } = c.var;
    const codes = await confirmTotp(deps, caller, actor, c.req.valid("json").code);
    return c.json({ recovery_codes: codes }, 200);
  })
  .openapi(remove, async (c) => {
    await removeTotp(c.var.deps, c.var.caller, c.var.actor);
    return c.body(null, 204);
  })
  .openapi(renewCodes, async (c) => {
    const codes = await renewRecoveryCodes(c.var.deps, c.var.caller, c.var.actor);
    return c.json({ recovery_codes: codes }, 200);
  });
