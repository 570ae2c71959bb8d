import { z } from "@hono/zod-openapi";

/**
 * Text that PostgreSQL can hold: well-formed, without NUL. Bounded in UTF-16 code units.
 * @public
 */
export function textField(max: number) {
  return z
    .string()
    .min(1)
    .max(max)
    .refine((text) => text.isWellFormed() && !text.includes("\0"), "invalid");
}
