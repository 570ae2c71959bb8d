import { z } from "@hono/zod-openapi";
import { type ProblemCode, problems } from "../problems.ts";

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string(),
    request_id: z.string(),
    errors: z.array(z.object({ pointer: z.string(), code: z.string(), detail: z.string() })).optional(),
  })
  .openapi("Problem", {
    description: "RFC 9457. `code` is from a closed list; `errors` names the fields of a 422.",
  });

/**

 * A JSON reply.

 * @public

 */
export function json<T extends z.ZodType>(schema: T, description: string) {
  return { description, content: { "application/json": { schema } } };
}

/**

 * A JSON body that must be there.

 * @public

 */
export function jsonBody<T extends z.ZodType>(schema: T) {
  return { required: true, content: { "application/json": { schema } } } as const;
}

/**

 * The refusals a route declares, by status, beside those that every route may give.

 * @public

 */
export function refusals(...codes: ProblemCode[]) {
  const byStatus: Record<string, ProblemCode[]> = {};
  for (const code of [...codes, "internal", "unavailable"] as const) {
    const [status] = problems[code];
    byStatus[status] = [...(byStatus[status] ?? []), code];
  }
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, group]) => [
      status,
      {
        description: group.map((code) => `\`${code}\`: ${problems[code][1]}`).join(" "),
        content: { "application/problem+json": { schema: problemSchema, examples: examples(group) } },
      },
    ]),
  );
}

function examples(codes: readonly ProblemCode[]) {
  return Object.fromEntries(
    codes.map((code) => {
      const [status, detail] = problems[code];
      const type = `https://auth.example.com/docs#${code}`;
      const value = {
        type,
        title: code.replaceAll("_", " "),
        status,
        detail,
        code,
        request_id: "0199a1b2-0000-7000-8000-000000000000",
      };
      return [code, { value }];
    }),
  );
}
