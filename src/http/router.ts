import { OpenAPIHono } from "@hono/zod-openapi";
import { Problem } from "../problems.ts";
import type { AppEnv } from "./environment.ts";
import { fieldErrors } from "./field-errors.ts";

/**
 * A router whose validation failures are 422 problems. Every slice starts from this.
 * @public
 */
export function createRouter(): OpenAPIHono<AppEnv> {
  return new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      const input = "data" in result ? result.data : undefined;
      throw new Problem("invalid_fields", { errors: fieldErrors(result.error.issues, input) });
    },
  });
}
