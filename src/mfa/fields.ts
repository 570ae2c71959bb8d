import { z } from "@hono/zod-openapi";

/**
 * A code as typed: of an authenticator app, or a recovery code.
 * @public
 */
export const factorCodeField = z.string().min(1).max(64).openapi({ example: "492039" });

/** @public */
export const recoveryCodesSchema = z
  .array(z.string().openapi({ example: "4k7d-9xq2-m3vn-a8tw" }))
  .openapi({ description: "Shown this once" });
