import { z } from "@hono/zod-openapi";
import { appMetadataField, metadataField, nameField } from "../account/fields.ts";
import { textField } from "../http/fields.ts";

/** RFC 3339. From 1970 on: what is earlier is some tool's way to say that it does not know. */
const instant = z.iso
  .datetime({ offset: true })
  .refine((text) => Date.parse(text) >= 0, "invalid")
  .transform((text) => new Date(text).toISOString());

/** One line of the file. What is null counts as left out. */
export const importLine = z.strictObject({
  email: z.string(),
  email_verified: z.boolean().nullish(),
  name: nameField.nullish(),
  external_id: textField(255).nullish(),
  roles: z.array(textField(64)).max(50).nullish(),
  metadata: metadataField.nullish(),
  app_metadata: appMetadataField.nullish(),
  password_hash: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish(),
  created_at: instant.nullish(),
});

/** Why a line was refused; the reasons for a field are those of a 422. */
export const lineCodes = [
  "malformed_json",
  "required",
  "invalid",
  "too_long",
  "unknown_field",
  "invalid_email",
  "invalid_hash",
  "hash_too_costly",
  "unknown_role",
  "not_allowed",
] as const;

export const importReport = z
  .object({
    accepted: z.number().int().openapi({ description: "Users made" }),
    skipped: z.number().int().openapi({ description: "Lines whose address or external id has an account" }),
    refused: z
      .array(z.object({ line: z.number().int(), code: z.enum(lineCodes) }))
      .openapi({ description: "The first thousand", example: [{ line: 3, code: "invalid_email" }] }),
    refused_count: z
      .number()
      .int()
      .optional()
      .openapi({ description: "Of all refused, where those are more" }),
  })
  .openapi("ImportReport");

export const importQuery = z.strictObject({
  dry_run: z
    .enum(["true", "false", "1", "0", ""])
    .optional()
    .transform((text) => text === "true" || text === "1" || text === "")
    .openapi({ type: "boolean", description: "Report the same, write nothing" }),
});
