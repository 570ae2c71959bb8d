import { createRoute, z } from "@hono/zod-openapi";
import { secured } from "../http/authenticate.ts";
import { idParam } from "../http/fields.ts";
import { pageOf, pageQuery } from "../http/paging.ts";
import { bearerRefused, json, refusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import { forgetTrustedDevice, forgetTrustedDevices, listTrustedDevices } from "./trusted-devices.ts";

const tags = ["Second factors"];
const time = z.string().openapi({ example: "2026-11-24T09:00:00.000Z" });

const deviceSchema = z
  .object({
    id: z.string().openapi({ example: "0199a1b2-0000-7000-8000-000000000001" }),
    created_at: time,
    last_used_at: time,
    expires_at: time,
    ip: z.string().openapi({ example: "203.0.113.7" }),
    user_agent: z.string().nullable(),
    device: z.string().nullable().openapi({ example: "desktop" }),
    browser: z.string().nullable().openapi({ example: "Firefox" }),
    os: z.string().nullable().openapi({ example: "Linux" }),
  })
  .openapi("TrustedDevice");

const list = createRoute({
  method: "get",
  path: "/users/me/mfa/trusted-devices",
  operationId: "listTrustedDevices",
  tags,
  summary: "Where one is not asked for the second factor, newest first",
  ...secured("self"),
  request: { query: pageQuery },
  responses: {
    200: json(pageOf(deviceSchema), "A page of devices"),
    ...refusals("invalid_cursor", ...bearerRefused, "invalid_fields"),
  },
});

const forgetAll = createRoute({
  method: "delete",
  path: "/users/me/mfa/trusted-devices",
  operationId: "forgetTrustedDevices",
  tags,
  summary: "Have every device asked for the second factor again",
  ...secured("self"),
  responses: { 204: { description: "Forgotten" }, ...refusals(...bearerRefused) },
});

const forgetOne = createRoute({
  method: "delete",
  path: "/users/me/mfa/trusted-devices/{id}",
  operationId: "forgetTrustedDevice",
  tags,
  summary: "Have one device asked for the second factor again",
  ...secured("self"),
  request: { params: idParam },
  responses: {
    204: { description: "Forgotten" },
    ...refusals(...bearerRefused, "not_found"),
  },
});

/** @public */
export const trustedDeviceRoutes = createRouter()
  .openapi(list, async (c) =>
    c.json(
      await listTrustedDevices(c.var.deps, c.var.actor, { cursor: undefined, ...c.req.valid("query") }),
      200,
    ),
  )
  .openapi(forgetAll, async (c) => {
    await forgetTrustedDevices(c.var.deps, c.var.caller, c.var.actor);
    return c.body(null, 204);
  })
  .openapi(forgetOne, async (c) => {
    await forgetTrustedDevice(c.var.deps, c.var.caller, c.var.actor, c.req.valid("param").id);
    return c.body(null, 204);
  });
