import { z } from "@hono/zod-openapi";

/** What a login answered whose second factor is due. */
export const mfaTokenField = z.string().min(1).max(2048).openapi({
  example: "9mXk2w.eyJpZCI6Ii4uLiJ9.Qf3vYk0yXcE1n8Jw2LrT5g",
});
