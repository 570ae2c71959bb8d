import { createRoute, z } from "@hono/zod-openapi";
import { secured } from "../http/authenticate.ts";
import { idParam } from "../http/fields.ts";
import { pageOf, pageQuery } from "../http/paging.ts";
import { denied, json, refusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import { listOutbox, requeueMail } from "./administer-outbox.ts";
import { mailState } from "./fields.ts";

const entrySchema = z
  .object({
    id: z.string(),
    kind: z.string().openapi({ example: "password_reset" }),
    state: mailState,
    template: z.string().nullable(),
    email: z.string().openapi({ example: "ada@example.com", description: "As asked for" }),
    sent_to: z.string().nullable(),
    user_id: z.string().nullable(),
    attempts: z.number().int(),
    last_error: z.string().nullable(),
    created_at: z.string().openapi({ example: "2026-11-24T09:00:00.000Z" }),
    due_at: z.string().openapi({ example: "2026-11-24T09:00:00.000Z" }),
    delivered_at: z.string().nullable(),
    expires_at: z.string().nullable(),
  })
  .openapi("OutboxEntry");

const list = createRoute({
  method: "get",
  path: "/admin/outbox",
  operationId: "listOutbox",
  tags: ["Mail"],
  summary: "What became of mails, newest first",
  ...secured("outbox:read"),
  request: { query: pageQuery.extend({ state: mailState.optional() }) },
  responses: {
    200: json(
      pageOf(entrySchema).extend({ total_estimate: z.number().int() }).openapi("OutboxPage"),
      "A page of mails",
    ),
    ...refusals("invalid_cursor", ...denied, "invalid_fields"),
  },
});

const requeue = createRoute({
  method: "post",
  path: "/admin/outbox/{id}/requeue",
  operationId: "requeueMail",
  tags: ["Mail"],
  summary: "Have a dead mail tried again",
  ...secured("outbox:write"),
  request: { params: idParam },
  responses: {
    200: json(entrySchema, "The mail, due again"),
    ...refusals(...denied, "not_found", "conflict"),
  },
});

/** @public */
export const outboxRoutes = createRouter()
  .openapi(list, async (c) => {
    const { limit, cursor, state } = c.req.valid("query");
    return c.json(await listOutbox(c.var.deps, c.var.actor, { state, limit, cursor }), 200);
  })
  .openapi(requeue, async (c) => {
    const { deps, caller, actor } = c.var;
    return c.json(await requeueMail(deps, caller, actor, c.req.valid("param").id), 200);
  });
