import { createRoute, z } from "@hono/zod-openapi";
import { secured } from "../http/authenticate.ts";
import { bodyChunks, ndjsonOnly, ndjsonType } from "../http/ndjson.ts";
import { denied, json, refusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import { importQuery, importReport } from "./fields.ts";
import { importUsers } from "./import-users.ts";
import { openImport } from "./open-import.ts";
import { previewImport } from "./preview-import.ts";

const operator = secured("users:import", "step-up");

const lines = z.string().openapi({
  description:
    "A user a line, of at most 1 MiB each: `{email, email_verified?, name?, external_id?, roles?, metadata?, " +
    "app_metadata?, password_hash?, created_at?}`. Roles other than `user` take `roles:assign` as well",
  example: '{"email": "ada@example.com", "password_hash": "$2b$12$…"}\n',
});

const importRoute = createRoute({
  method: "post",
  path: "/admin/users/import",
  operationId: "importUsers",
  tags: ["Users"],
  summary: "Make users from lines of JSON. Accounts that exist stay as they are",
  ...operator,
  middleware: [operator.middleware, ndjsonOnly] as const,
  request: { query: importQuery, body: { required: true, content: { [ndjsonType]: { schema: lines } } } },
  responses: {
    200: json(importReport, "What became of the lines"),
    ...refusals("malformed_json", ...denied, "unsupported_media_type", "invalid_fields"),
  },
});

/** @public */
export const importRoutes = createRouter().openapi(importRoute, async (c) => {
  const { deps, caller, actor } = c.var;
  const chunks = bodyChunks(c);
  if (c.req.valid("query").dry_run) return c.json(await previewImport(deps, { actor, chunks }), 200);
  const run = await openImport(deps, { actor, sha256: null });
  return c.json(await importUsers(deps, caller, { actor, run, chunks }), 200);
});
