import { z } from "@hono/zod-openapi";
import { permissionNames } from "../access/permissions.ts";

export const permissionSet = z.array(z.enum(permissionNames)).max(100);

/** Lower case and short, since it goes into tokens and is compared by other services. */
export const roleName = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[a-z0-9][a-z0-9_.:-]*$/, "invalid")
  .openapi({ example: "support" });

/** A name that no role can have names nothing, and is answered like that. */
export const nameParam = z.object({
  name: z
    .string()
    .transform((name) => (name.isWellFormed() && !name.includes("\0") ? name : ""))
    .openapi({ example: "support" }),
});
