import { Hono } from "hono";
import { z } from "zod";

/** The least that a Worker with checked input is made of. */
const credentials = z.object({ email: z.string().min(3).max(254), password: z.string().min(8).max(128) });

export default new Hono()
  .get("/health/live", (c) => c.json({ status: "ok" }))
  .post("/login", async (c) => {
    const read = credentials.safeParse(await c.req.json());
    return read.success ? c.json({ email: read.data.email }) : c.json({ errors: read.error.issues }, 422);
  });
