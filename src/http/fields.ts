import { z } from "@hono/zod-openapi";
import { uuidPattern } from "../ids.ts";

/**
 * Whether PostgreSQL can hold the text: well-formed, without NUL.
 * @public
 */
export const isText = (text: string) => text.isWellFormed() && !text.includes("\0");

/**
 * Text that PostgreSQL can hold. Bounded in UTF-16 code units.
 * @public
 */
export function textField(max: number) {
  return z.string().min(1).max(max).refine(isText, "invalid");
}

/**
 * A JSON object that PostgreSQL's jsonb can hold: no NUL and no lone surrogate, all the way down.
 * @public
 */
export function jsonObjectField(maxBytes: number) {
  return z
    .record(z.string(), z.unknown())
    .refine((value) => new TextEncoder().encode(JSON.stringify(value)).length <= maxBytes, "too_long")
    .refine(isStorable, "invalid");
}

function isStorable(value: unknown): boolean {
  if (typeof value === "string") return isText(value);
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([key, inner]) => isStorable(key) && isStorable(inner));
}

/**
 * RFC 3339, turned to UTC: PostgreSQL knows neither the year 0 nor every offset the format allows.
 * @public
 */
export const instantField = z.iso
  .datetime({ offset: true })
  .transform((text) => (Number.isNaN(Date.parse(text)) ? "" : new Date(text).toISOString()))
  .refine((text) => /^\d{4}-/.test(text) && !text.startsWith("0000"), "invalid")
  .openapi({ type: "string", format: "date-time", example: "2026-11-24T09:00:00Z" });

const nobody = "00000000-0000-0000-0000-000000000000";

/**
 * An id in a path. One that is malformed names nothing, and is answered like one.
 * @public
 */
export const idParam = z.object({
  id: z
    .string()
    .transform((id) => (uuidPattern.test(id.toLowerCase()) ? id.toLowerCase() : nobody))
    .openapi({ format: "uuid", example: "0199a1b2-0000-7000-8000-000000000001" }),
});
