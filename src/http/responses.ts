import { z } from "@hono/zod-openapi";
import { type OAuthErrorCode, oauthErrorCodes, oauthErrors } from "../oauth-error.ts";
import { fieldError, type ProblemCode, problems } from "../problems.ts";

const exampleId = "0199a1b2-0000-7000-8000-000000000000";

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.enum(Object.keys(problems) as [ProblemCode, ...ProblemCode[]]),
    request_id: z.string(),
    errors: z.array(z.object({ pointer: z.string(), code: z.string(), detail: z.string() })).optional(),
    methods: z.array(z.string()).optional(),
    mfa_token: z.string().optional(),
  })
  .openapi("Problem", {
    description:
      "RFC 9457. `code` is from a closed list; `errors` names the fields of a 422, `methods` the ways to go on. `mfa_token` opens the second step of a sign-in.",
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
 * What can be wrong with any JSON body.
 * @public
 */
export const badBody = [
  "malformed_json",
  "body_too_large",
  "unsupported_media_type",
  "invalid_fields",
] as const satisfies readonly ProblemCode[];

/**
 * What can keep a bearer from a route of one's own account: it may be a program's, or of somebody who acts as the user.
 * @public
 */
export const bearerRefused = [
  "missing_token",
  "invalid_token",
  "not_allowed",
] as const satisfies readonly ProblemCode[];

/**
 * What can keep a caller from a route for operators. A role may count in sessions of two factors only.
 * @public
 */
export const denied = [
  "missing_token",
  "invalid_token",
  "reauthentication_required",
  "not_allowed",
] as const satisfies readonly ProblemCode[];

const header = (description: string) => ({ schema: { type: "string" as const }, description });

const headersOf: Record<string, Record<string, ReturnType<typeof header>>> = {
  401: { "WWW-Authenticate": header("A Bearer challenge (RFC 6750 §3)") },
  429: { "Retry-After": header("Seconds to wait") },
  503: { "Retry-After": header("Seconds to wait") },
};

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
        ...(headersOf[status] && { headers: headersOf[status] }),
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
      const title = code.replaceAll("_", " ");
      const errors = code === "invalid_fields" ? { errors: [fieldError("/password", "too_short")] } : {};
      return [code, { value: { type, title, status, detail, code, request_id: exampleId, ...errors } }];
    }),
  );
}

const oauthErrorSchema = z
  .object({
    error: z.enum([...oauthErrorCodes, "temporarily_unavailable", "server_error"]),
    error_description: z.string(),
  })
  .openapi("OAuthError", { description: "RFC 6749 §5.2: the answer to a form-encoded request." });

/**
 * The refusals of a token route, which answers a form in RFC 6749's dialect: what is 401, 403 or
 * 422 for JSON is 400 for a form.
 * @public
 */
export function tokenRouteRefusals(...codes: ProblemCode[]) {
  const oauth = { "application/json": { schema: oauthErrorSchema } };
  const asForm = new Set(["400", "413", "415", "429", "500", "503"]);
  return Object.fromEntries(
    Object.entries(refusals(...codes)).map(([status, response]) =>
      asForm.has(status)
        ? [status, { ...response, content: { ...response.content, ...oauth } }]
        : [status, response],
    ),
  );
}

/**
 * The refusals of a route of OAuth, which has no other dialect.
 * @public
 */
export function oauthRefusals(...codes: OAuthErrorCode[]) {
  const all: [string, string, string][] = [
    ["400", "invalid_request", oauthErrors.invalid_request[1]],
    ["413", "invalid_request", "The form is too large."],
    ["415", "invalid_request", "The body is no form."],
    ["500", "server_error", "A defect on our side."],
    ["503", "temporarily_unavailable", "Something we depend on does not answer. Try again soon."],
    ...codes.map((code): [string, string, string] => [
      String(oauthErrors[code][0]),
      code,
      oauthErrors[code][1],
    ]),
  ];
  const byStatus = Object.groupBy(all, ([status]) => status);
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, group = []]) => [
      status,
      {
        description: group.map(([, error, description]) => `\`${error}\`: ${description}`).join(" "),
        content: {
          "application/json": {
            schema: oauthErrorSchema,
            examples: Object.fromEntries(
              group.map(([, error, error_description]) => [error, { value: { error, error_description } }]),
            ),
          },
        },
      },
    ]),
  );
}
