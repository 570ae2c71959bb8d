import { createRoute } from "@hono/zod-openapi";
import { secured } from "../http/authenticate.ts";
import { linesOf, streamLines } from "../http/ndjson.ts";
import { denied, json, refusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import { eventPage, eventQuery, exportQuery } from "./fields.ts";
import { exportEvents, listEvents } from "./list-events.ts";

const reader = { tags: ["Audit"], ...secured("audit:read") };

const list = createRoute({
  method: "get",
  path: "/admin/audit-events",
  operationId: "listAuditEvents",
  summary: "Who did what to whom, newest first",
  ...reader,
  request: { query: eventQuery },
  responses: {
    200: json(eventPage, "A page of events"),
    ...refusals("invalid_cursor", ...denied, "invalid_fields"),
  },
});

const exportRoute = createRoute({
  method: "get",
  path: "/admin/audit-events/export",
  operationId: "exportAuditEvents",
  summary: "All events that match, newest first, as lines of JSON",
  ...reader,
  request: { query: exportQuery },
  responses: {
    200: linesOf("The events, each as the list shows it"),
    ...refusals(...denied, "invalid_fields"),
  },
});

/** @public */
export const auditRoutes = createRouter()
  .openapi(list, async (c) => {
    const { limit, cursor, ...filter } = c.req.valid("query");
    return c.json(await listEvents(c.var.deps, c.var.actor, { filter, limit, cursor }), 200);
  })
  .openapi(exportRoute, (c) => {
    const { deps, caller, actor } = c.var;
    return streamLines(c, "audit-events.ndjson", exportEvents(deps, caller, actor, c.req.valid("query")));
  });
