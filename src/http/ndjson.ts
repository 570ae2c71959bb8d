import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { Problem } from "../problems.ts";
import type { AppEnv } from "./environment.ts";

/**
 * Newline-delimited JSON, which has no registered type.
 * @public
 */
export const ndjsonType = "application/x-ndjson";

/** What else tools call it. */
const ndjsonTypes = new Set([ndjsonType, "application/ndjson", "application/jsonl"]);

const streamedRoutes = new Set(["/api/v1/admin/users/import"]);

/** Whether the route reads its body piece by piece, whatever its length. */
export function isStreamed(c: Context<AppEnv>): boolean {
  return c.req.method === "POST" && streamedRoutes.has(c.req.path);
}

/**
 * Refuses any other kind of body, or none.
 * @public
 */
export const ndjsonOnly = createMiddleware<AppEnv>(async (c, next) => {
  const type = (c.req.header("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase();
  if (!type || !ndjsonTypes.has(type)) throw new Problem("unsupported_media_type");
  await next();
});

/**
 * The body as it comes in.
 * @throws Problem `malformed_json` when the client goes away in the middle of it.
 * @public
 */
export async function* bodyChunks(c: Context<AppEnv>): AsyncGenerator<Uint8Array> {
  const reader = c.req.raw.body?.getReader();
  for (;;) {
    const read = await reader?.read().catch((cause: unknown) => {
      throw new Problem("malformed_json", { cause });
    });
    if (!read || read.done) return;
    yield read.value;
  }
}
