import { z } from "@hono/zod-openapi";
import { appMetadataField, emailField, metadataField, nameField, userSchema } from "../account/fields.ts";
import { instantField, textField } from "../http/fields.ts";
import { pageOf, pageQuery } from "../http/paging.ts";
import { sessionSchema } from "../session/fields.ts";

export const adminUserSchema = userSchema
  .extend({
    external_id: z.string().nullable(),
    app_metadata: z.record(z.string(), z.unknown()),
    suspended_until: z.string().nullable(),
    suspended_reason: z.string().nullable(),
  })
  .openapi("AdminUser");

const total = z
  .number()
  .int()
  .openapi({ description: "Exact up to 1,000, beyond that an estimate from a sample of users" });

export const sessionPage = pageOf(sessionSchema)
  .extend({ total_estimate: z.number().int() })
  .openapi("SessionPage");

export const userPage = pageOf(adminUserSchema).extend({ total_estimate: total }).openapi("UserPage");

const flag = z
  .enum(["true", "false"])
  .transform((text) => text === "true")
  .optional()
  .openapi({ type: "boolean" });

const sorts = ["created_at", "email", "name", "last_sign_in_at"] as const;

export const userQuery = pageQuery.extend({
  q: textField(200)
    .optional()
    .openapi({
      description:
        "A part of the address or the name, or an id. What has no three letters or digits in a row, or anything where " +
        "the database has no trigrams, is looked for at the beginning of address and name",
    }),
  role: textField(64).optional(),
  status: z.enum(["active", "suspended"]).optional(),
  verified: flag,
  mfa: flag,
  created_after: instantField.optional(),
  created_before: instantField.optional(),
  seen_after: instantField.optional(),
  sort: z.enum(sorts.flatMap((sort) => [sort, `-${sort}`] as const)).default("-created_at"),
});

export const suspension = z.strictObject({
  reason: textField(500).nullish().openapi({ example: "Chargeback" }),
  until: instantField.nullish(),
});

const roleNames = z.array(textField(64)).max(50);

export const roleSet = z.strictObject({
  roles: roleNames.openapi({ example: ["user", "admin"] }),
});

export const newUser = z.strictObject({
  email: emailField,
  email_verified: z.boolean().optional().openapi({ description: "The operator vouches for the address" }),
  name: nameField.nullish(),
  external_id: textField(255).nullish().openapi({ example: "crm-4711" }),
  roles: roleNames.optional().openapi({ example: ["user"] }),
  metadata: metadataField.optional(),
  app_metadata: appMetadataField.optional(),
  invite: z.boolean().optional().openapi({
    description: "Mail a link to choose a password. The default, where mail leaves",
  }),
});

export const userChange = z.strictObject({
  name: nameField.nullable().optional(),
  email: emailField.optional(),
  email_verified: z.boolean().optional(),
  metadata: metadataField.optional(),
  app_metadata: appMetadataField.optional(),
});
