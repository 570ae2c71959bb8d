import { createRoute, z } from "@hono/zod-openapi";
import { isText } from "../http/fields.ts";
import { json, refusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import { maintain } from "../maintenance/maintain.ts";
import { listSentMails } from "../outbox/list-mails.ts";
import { drainOutbox } from "./drain-outbox.ts";
import { mailPage } from "./pages.tsx";

const mailSchema = z
  .object({
    id: z.string(),
    to: z.string(),
    subject: z.string(),
    template: z.string(),
    text: z.string(),
    html: z.string(),
    link: z.string(),
    token: z.string().nullable(),
    code: z.string().nullable(),
    created_at: z.string(),
  })
  .openapi("DevMail");

const delivery = { delivered: z.number().int(), failed: z.number().int() };

const maintenance = z.object({
  ...delivery,
  deleted: z.record(z.string(), z.number()),
  sealed: z.number().int().openapi({ description: "Windows of the audit log" }),
  dropped: z.number().int().openapi({ description: "Months of the audit log" }),
});

const mails = createRoute({
  method: "get",
  path: "/dev/mail",
  operationId: "listDevMail",
  tags: ["Development"],
  summary: "The newest mails sent, to one address or to any. JSON when asked for, else a page",
  request: { query: z.strictObject({ to: z.string().refine(isText, "invalid").optional() }) },
  responses: {
    200: {
      description: "At most 100 mails, newest first",
      content: {
        "application/json": { schema: z.object({ data: z.array(mailSchema) }) },
        "text/html": { schema: z.string() },
      },
    },
    ...refusals("invalid_fields"),
  },
});

const drain = createRoute({
  method: "post",
  path: "/dev/outbox/drain",
  operationId: "drainOutbox",
  tags: ["Development"],
  summary: "Deliver all mail that is due",
  responses: { 200: json(z.object(delivery), "When it is done"), ...refusals() },
});

const cron = createRoute({
  method: "post",
  path: "/dev/cron",
  operationId: "runCron",
  tags: ["Development"],
  summary: "Do the work of every minute now",
  responses: {
    200: json(maintenance, "When it is done"),
    ...refusals(),
  },
});

/**
 * Outside production only.
 * @public
 */
export const devRoutes = createRouter()
  .openapi(mails, async (c) => {
    const { to } = c.req.valid("query");
    if ((c.req.header("accept") ?? "").includes("application/json")) {
      const found = await listSentMails(c.var.deps, to);
      const data = found.map(({ createdAt, ...mail }) => ({ ...mail, created_at: createdAt }));
      return c.json({ data }, 200);
    }
    return mailPage(c, to || undefined); // a field left empty filters nothing
  })
  .openapi(drain, async (c) => c.json(await drainOutbox(c.var.deps), 200))
  .openapi(cron, async (c) => c.json(await maintain(c.var.deps), 200));
