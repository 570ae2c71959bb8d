import { z } from "@hono/zod-openapi";

const maxCodePoints = 128;
const maxBytes = 512;

/**
 * A password as received. Bounded before anything hashes it; what a new one must be is the
 * policy's to say.
 * @public
 */
export const passwordField = z
  .string()
  .min(1)
  .refine((text) => [...text].length <= maxCodePoints, "too_long")
  .refine((text) => new TextEncoder().encode(text).length <= maxBytes, "too_long")
  .refine((text) => text.isWellFormed(), "invalid")
  .openapi({ example: "Correct-horse-7" });
