import { createRoute, z } from "@hono/zod-openapi";
import { secured } from "../http/authenticate.ts";
import { textField } from "../http/fields.ts";
import { bearerRefused, json, jsonBody, refusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import { deleteAccount } from "./delete-account.ts";
import { exportAccount } from "./export-account.ts";
import { metadataField, nameField, userSchema } from "./fields.ts";
import { getProfile, updateProfile } from "./profile.ts";

const profileSchema = userSchema.extend({ session_id: z.string() }).openapi("Profile");

const localeField = z.string().max(35).refine(isLocale, "invalid").openapi({ example: "en-GB" });

const avatarField = textField(2048)
  .refine(isHttpsUrl, "invalid")
  .openapi({ example: "https://example.com/ada.png" });

function isHttpsUrl(text: string): boolean {
  return /^https:\/\/[^\s\p{C}]+$/u.test(text) && URL.canParse(text);
}

function isLocale(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1;
  } catch {
    return false; // not a BCP 47 tag
  }
}

const getMe = createRoute({
  method: "get",
  path: "/users/me",
  operationId: "getProfile",
  tags: ["Account"],
  summary: "One's own account",
  ...secured("self", "impersonators too", "keys too"),
  responses: {
    200: json(profileSchema, "The account and the session that asks"),
    ...refusals(...bearerRefused),
  },
});

const patchMe = createRoute({
  method: "patch",
  path: "/users/me",
  operationId: "updateProfile",
  tags: ["Account"],
  summary: "Change one's profile. A field left out stays; null clears it",
  ...secured("self", "impersonators too"),
  request: {
    body: jsonBody(
      z.strictObject({
        name: nameField.nullable().optional(),
        locale: localeField.nullable().optional(),
        avatar_url: avatarField.nullable().optional(),
        metadata: metadataField.optional(),
      }),
    ),
  },
  responses: {
    200: json(profileSchema, "The account as it now is"),
    ...refusals(
      "malformed_json",
      ...bearerRefused,
      "body_too_large",
      "unsupported_media_type",
      "invalid_fields",
    ),
  },
});

const deleteMe = createRoute({
  method: "delete",
  path: "/users/me",
  operationId: "deleteAccount",
  tags: ["Account"],
  summary: "Delete one's account for good, within fifteen minutes of signing in",
  ...secured("self", "step-up"),
  responses: {
    204: { description: "Deleted. The address is free" },
    ...refusals(
      "missing_token",
      "invalid_token",
      "reauthentication_required",
      "not_allowed",
      "last_admin",
      "conflict",
    ),
  },
});

const row = z.record(z.string(), z.unknown());

const exportMe = createRoute({
  method: "get",
  path: "/users/me/export",
  operationId: "exportAccount",
  tags: ["Account"],
  summary: "Everything held on oneself",
  ...secured("self"),
  responses: {
    200: json(
      z
        .object({
          exported_at: z.string().openapi({ example: "2026-11-24T09:00:00.000Z" }),
          user: row,
          sessions: z.array(row),
          devices: z.array(row),
          factors: z.array(row),
          passkeys: z.array(row),
          api_keys: z.array(row),
          recovery_codes: z.array(row),
          trusted_devices: z.array(row),
          mails: z.array(row),
          events: z.array(row),
        })
        .openapi("PersonalData"),
      "Account, sessions, devices, second factors, mails and audit events",
    ),
    ...refusals(...bearerRefused),
  },
});

/** @public */
export const accountRoutes = createRouter()
  .openapi(getMe, async (c) => c.json(await getProfile(c.var.deps, c.var.actor), 200))
  .openapi(patchMe, async (c) => {
    const { deps, caller, actor } = c.var;
    return c.json(await updateProfile(deps, caller, actor, c.req.valid("json")), 200);
  })
  .openapi(deleteMe, async (c) => {
    await deleteAccount(c.var.deps, c.var.caller, c.var.actor);
    return c.body(null, 204);
  })
  .openapi(exportMe, async (c) => {
    c.header("Content-Disposition", 'attachment; filename="account.json"');
    return c.json(await exportAccount(c.var.deps, c.var.actor), 200);
  });
