import { z } from "@hono/zod-openapi";
import { userSchema } from "../account/fields.ts";
import { textField } from "../http/fields.ts";
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

/** RFC 3339, turned to UTC: PostgreSQL knows neither the year 0 nor every offset the format allows. */
const instant = z.iso
  .datetime({ offset: true })
  .transform((text) => (Number.isNaN(Date.parse(text)) ? "" : new Date(text).toISOString()))
  .refine((text) => /^\d{4}-/.test(text) && !text.startsWith("0000"), "invalid")
  .openapi({ type: "string", format: "date-time", example: "2026-11-24T09:00:00Z" });

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
  created_after: instant.optional(),
  created_before: instant.optional(),
  seen_after: instant.optional(),
  sort: z.enum(sorts.flatMap((sort) => [sort, `-${sort}`] as const)).default("-created_at"),
});

export const suspension = z.strictObject({
  reason: textField(500).nullish().openapi({ example: "Chargeback" }),
  until: instant.nullish(),
});

export const roleSet = z.strictObject({
  roles: z
    .array(textField(64))
    .max(50)
    .openapi({ example: ["user", "admin"] }),
});
