import { z } from "@hono/zod-openapi";
import { jsonObjectField, textField } from "../http/fields.ts";

/** @public */
export const userSchema = z
  .object({
    id: z.string().openapi({ example: "0199a1b2-0000-7000-8000-000000000000" }),
    email: z.string().openapi({ example: "ada@example.com" }),
    email_verified: z.boolean(),
    name: z.string().nullable().openapi({ example: "Ada Lovelace" }),
    locale: z.string().nullable().openapi({ example: "en-GB" }),
    avatar_url: z.string().nullable().openapi({ example: null }),
    metadata: z.record(z.string(), z.unknown()),
    roles: z.array(z.string()).openapi({ example: ["user"] }),
    status: z.enum(["active", "suspended"]),
    has_password: z.boolean(),
    mfa_enabled: z.boolean(),
    created_at: z.string().openapi({ example: "2026-11-24T09:00:00.000Z" }),
    updated_at: z.string().openapi({ example: "2026-11-24T09:00:00.000Z" }),
    last_sign_in_at: z.string().nullable().openapi({ example: "2026-11-24T09:00:00.000Z" }),
  })
  .openapi("User");

/** Control characters, line and paragraph separators, and what turns the direction of text. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

/**
 * A display name: what a person would write, on one line.
 * @public
 */
export const nameField = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .refine((text) => text.isWellFormed() && !unprintable.test(text), "invalid")
  .openapi({ example: "Ada Lovelace" });

/**
 * An address as typed; whether it can be one is for the use case to say.
 * @public
 */
export const emailField = textField(254).openapi({ example: "ada@example.com" });

/**
 * What a user may keep with the account: 4 KiB of JSON.
 * @public
 */
export const metadataField = jsonObjectField(4 * 1024).openapi({ example: { theme: "dark" } });

/**
 * What only operators write, and tokens may carry: 16 KiB of JSON.
 * @public
 */
export const appMetadataField = jsonObjectField(16 * 1024).openapi({ example: { plan: "pro" } });
