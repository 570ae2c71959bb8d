import { z } from "@hono/zod-openapi";

/** @public */
export const flowSchema = z
  .object({
    flow_id: z.string().openapi({
      example: "9mXk2w.0199a1b2-0000-7000-8000-000000000002.1795512600.Qf3vYk0yXcE1n8Jw2LrT5g",
      description: "Goes with the code of the mail. The same whoever the address belongs to",
    }),
    expires_in: z.number().int().openapi({ example: 900 }),
  })
  .openapi("Flow");

/** @public */
export const tokenField = z.string().min(1).max(2048).openapi({
  description: "From the link of the mail",
  example:
    "9mXk2w.0199a1b2-0000-7000-8000-000000000002.1795512600.Qf3vYk0yXcE1n8Jw2LrT5g.m0d2rXbT7sK9aZpQ4uWv1w",
});

/** @public */
export const flowIdField = z.string().min(1).max(2048);

/** @public */
export const codeField = z.string().min(1).max(32).openapi({ example: "12345678" });

type Shown = { token?: string | undefined; flow_id?: string | undefined; code?: string | undefined };

/**
 * A proof is shown by its token, or by its code and the flow that asked for it; not by both.
 * @public
 */
export function oneProof({ token, flow_id, code }: Shown, context: z.RefinementCtx): void {
  const fault = (field: string, message: string) =>
    context.addIssue({ code: "custom", path: [field], message });
  if (token !== undefined && code !== undefined) fault("code", "invalid");
  else if (token === undefined && code === undefined)
    fault(flow_id === undefined ? "token" : "code", "required");
  else if (code !== undefined && flow_id === undefined) fault("flow_id", "required");
}
