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

/**
 * A reply of one JSON value a line, made as the client reads it: the next batch is asked for when the one
 * before is on its way, so memory holds one batch however many there are. The first is awaited here, and
 * what refuses the caller is still a proper problem. Once the reply has begun a failure breaks it off, so
 * that nobody takes half of it for the whole.
 * @param batches what the lines are made of; ended early when the client goes away.
 * @public
 */
export async function streamLines(
  c: Context<AppEnv>,
  fileName: string,
  batches: AsyncGenerator<readonly unknown[], void>,
): Promise<Response> {
  const encoder = new TextEncoder();
  let ahead: IteratorResult<readonly unknown[], void> | undefined = await batches.next();
  const nextLines = async (): Promise<readonly unknown[] | undefined> => {
    const read = ahead ?? (await batches.next());
    ahead = undefined;
    if (read.done) return undefined;
    // Only an enqueue or the end answers a pull, so a batch without lines is passed over.
    return read.value.length > 0 ? read.value : nextLines();
  };
  const stream = new ReadableStream(
    {
      async pull(controller) {
        try {
          const lines = await nextLines();
          if (!lines) return controller.close();
          controller.enqueue(encoder.encode(lines.map((line) => `${JSON.stringify(line)}\n`).join("")));
        } catch (error) {
          const { name, code } = error as Error & { code?: unknown };
          c.var.deps.log("http.broken_off", { request_id: c.var.requestId, name, code });
          controller.error(error);
        }
      },
      async cancel() {
        await batches.return();
      },
    },
    { highWaterMark: 0 },
  );
  return c.body(stream, 200, {
    "Content-Type": ndjsonType,
    "Content-Disposition": `attachment; filename="${fileName}"`,
  });
}
