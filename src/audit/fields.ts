import { z } from "@hono/zod-openapi";
import { instantField, textField } from "../http/fields.ts";
import { pageOf, pageQuery } from "../http/paging.ts";
import { uuidPattern } from "../ids.ts";

const eventSchema = z
  .object({
    id: z.string(),
    occurred_at: z.string().openapi({ example: "2026-11-24T09:00:00.000Z" }),
    action: z.string().openapi({ example: "user.suspended" }),
    outcome: z.string().openapi({ example: "success" }),
    actor_id: z.string().nullable().openapi({ description: "Who did it" }),
    subject_id: z.string().nullable().openapi({ description: "To whom" }),
    session_id: z.string().nullable(),
    request_id: z.string(),
    ip: z.string().nullable().openapi({ description: "Null, like what follows, once it was erased" }),
    user_agent: z.string().nullable(),
    email: z.string().nullable(),
    text: z.string().nullable().openapi({ example: "Chargeback" }),
  })
  .openapi("AuditEvent");

const total = z
  .number()
  .int()
  .openapi({ description: "Exact below 1,000, then an estimate from the density of the newest" });

export const eventPage = pageOf(eventSchema).extend({ total_estimate: total }).openapi("AuditEventPage");

const userId = z
  .string()
  .transform((id) => id.toLowerCase())
  .refine((id) => uuidPattern.test(id), "invalid")
  .openapi({ type: "string", format: "uuid", example: "0199a1b2-0000-7000-8000-000000000001" });

const filters = {
  actor: userId.optional(),
  subject: userId.optional(),
  action: textField(64).optional().openapi({ example: "login.refused" }),
  outcome: z.enum(["success", "denied"]).optional(),
  ip: textField(64).optional().openapi({ example: "203.0.113.7" }),
  occurred_after: instantField.optional(),
  occurred_before: instantField.optional(),
};

export const eventQuery = pageQuery.extend(filters);

export const exportQuery = z.strictObject(filters);
