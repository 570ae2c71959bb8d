import { createRoute, z } from "@hono/zod-openapi";
import manifest from "../../package.json" with { type: "json" };
import { json, refusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import { checkReadiness } from "./check-readiness.ts";

const status = z.object({ status: z.literal("ok") }).openapi("Health");

const live = createRoute({
  method: "get",
  path: "/health/live",
  operationId: "getLiveness",
  tags: ["Operations"],
  summary: "Whether the process answers. Costs no statement",
  responses: { 200: json(status, "It does"), ...refusals() },
});

const ready = createRoute({
  method: "get",
  path: "/health/ready",
  operationId: "getReadiness",
  tags: ["Operations"],
  summary: "Whether the database answers and its schema is not older than the code",
  responses: { 200: json(status, "Both hold"), ...refusals() },
});

const version = createRoute({
  method: "get",
  path: "/version",
  operationId: "getVersion",
  tags: ["Operations"],
  summary: "What runs here",
  responses: {
    200: json(
      z
        .object({
          name: z.string().openapi({ example: "gatehouse" }),
          version: z.string().openapi({ example: manifest.version }),
          commit: z.string().openapi({ example: "4c1085b" }),
          runtime: z.enum(["workers", "deno", "node"]),
        })
        .openapi("Version"),
      "What runs here",
    ),
    ...refusals(),
  },
});

/** @public */
export const healthRoutes = createRouter()
  .openapi(live, (c) => c.json({ status: "ok" as const }, 200))
  .openapi(ready, async (c) => {
    await checkReadiness(c.var.deps);
    return c.json({ status: "ok" as const }, 200);
  })
  .openapi(version, (c) => {
    const { config, runtime } = c.var.deps;
    return c.json({ name: manifest.name, version: manifest.version, commit: config.commit, runtime }, 200);
  });
