import { z } from "@hono/zod-openapi";

/** @public */
export const tokenSchema = z
  .object({
    access_token: z.string().openapi({ example: "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.c2ln" }),
    token_type: z.literal("Bearer"),
    expires_in: z.number().int().openapi({ example: 1800 }),
    refresh_token: z.string().openapi({ example: "eyJhbGciOiJIUzI1NiIsInR5cCI6InJ0K2p3dCJ9.e30.c2ln" }),
    refresh_expires_in: z.number().int().openapi({ example: 604800 }),
  })
  .openapi("TokenResponse");
