import { z } from "@hono/zod-openapi";

/** @public */
export const sessionSchema = z
  .object({
    id: z.string().openapi({ example: "0199a1b2-0000-7000-8000-000000000001" }),
    current: z.boolean(),
    created_at: z.string().openapi({ example: "2026-11-24T09:00:00.000Z" }),
    last_used_at: z.string().openapi({ example: "2026-11-24T09:00:00.000Z" }),
    expires_at: z.string().openapi({ example: "2026-12-01T09:00:00.000Z" }),
    ip: z.string().openapi({ example: "203.0.113.7" }),
    user_agent: z.string().nullable(),
    device: z.string().nullable().openapi({ example: "desktop" }),
    browser: z.string().nullable().openapi({ example: "Firefox" }),
    os: z.string().nullable().openapi({ example: "Linux" }),
    place: z.object({ city: z.string().nullable(), country: z.string().nullable() }).nullable(),
    client_id: z.string().openapi({ example: "gatehouse" }),
    amr: z.array(z.string()).openapi({ example: ["pwd"] }),
  })
  .openapi("Session");
