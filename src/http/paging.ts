import { z } from "@hono/zod-openapi";

const defaultLimit = 20;

/**
 * The query of every list.
 * @public
 */
export const pageQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,3}$/, "invalid")
    .transform(Number)
    .pipe(z.number().int().min(1, "invalid").max(100, "invalid"))
    .optional()
    .transform((limit) => limit ?? defaultLimit)
    .openapi({ type: "integer", minimum: 1, maximum: 100, default: defaultLimit, example: 20 }),
  cursor: z.string().optional().openapi({ description: "`next_cursor` of the page before" }),
});

/**
 * A page of `item`s.
 * @public
 */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ data: z.array(item), next_cursor: z.string().nullable() });
}
