import { z } from "@hono/zod-openapi";

export const mailState = z.enum(["pending", "sending", "sent", "skipped", "dead"]);
