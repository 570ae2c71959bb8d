import { z } from "@hono/zod-openapi";

const maxCodePoints = 128;
const maxBytes = 512;

function fits(text: string): boolean {
  return [...text].length <= maxCodePoints && new TextEncoder().encode(text).length <= maxBytes;
}

/**
 * A password as received. Bounded before anything hashes it; what a new one must be is the
 * policy's to say.
 * @public
 */
export const passwordField = z
  .string()
  .min(1)
  .refine(fits, "too_long")
  .refine((text) => text.isWellFormed(), "invalid")
  .openapi({ example: "Correct-horse-7" });
