import { createRoute, z } from "@hono/zod-openapi";
import { secured } from "../http/authenticate.ts";
import { denied, json, refusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import { getStats } from "./get-stats.ts";

const count = (description: string) => z.number().int().openapi({ description, example: 12 });

const daySchema = z
  .object({
    day: z.string().openapi({ format: "date", example: "2026-11-25", description: "In UTC" }),
    sign_ups: count("Accounts made by signing up"),
    sign_ins: count("Sign-ins that succeeded, but for those that take an unverified account over"),
    failures: count("Sign-ins that were refused"),
    active_users: count("Users who signed in or refreshed a session"),
    throttled: count("Attempts and requests for mail over a limit"),
  })
  .openapi("StatsDay");

const get = createRoute({
  method: "get",
  path: "/admin/stats",
  operationId: "getStats",
  tags: ["Audit"],
  summary: "What happened on each of the last 30 days, oldest first",
  ...secured("stats:read"),
  responses: {
    200: json(z.object({ days: z.array(daySchema) }).openapi("Stats"), "30 days, today last"),
    ...refusals(...denied),
  },
});

/** @public */
export const statsRoutes = createRouter().openapi(get, async (c) =>
  c.json(await getStats(c.var.deps, c.var.actor), 200),
);
