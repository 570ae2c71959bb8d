import { createMiddleware } from "hono/factory";
import { jsonDepth } from "../lib/json-depth.ts";
import { Problem } from "../problems.ts";
import type { AppEnv } from "./environment.ts";
import { isStreamed } from "./ndjson.ts";

const largest = 64 * 1024;
const deepest = 32;

/**
 * Reads the body before any handler: at most 64 KiB whatever Content-Length says, strict UTF-8,
 * and JSON that no recursive walker will overflow on. What is read is kept for the validators. A
 * route that streams its body bounds it itself.
 * @public
 */
export const body = createMiddleware<AppEnv>(async (c, next) => {
  const { method, raw } = c.req;
  if (method === "GET" || method === "HEAD" || isStreamed(c)) return next();
  const announced = c.req.header("content-length");
  if (Number(announced ?? 0) > largest) throw new Problem("body_too_large");
  const bytes = announced === undefined ? await readAtMost(raw.body, largest) : await readAnnounced(raw);
  // No bytes are no body, whatever type they are given: the validators take that for an empty object.
  const text = bytes ? decode(bytes) || "{}" : "{}";
  const type = c.req.header("content-type") ?? "";
  if (/^application\/([a-z.-]+\+)?json/i.test(type)) {
    refuseUnlessJson(text);
    // Hono keeps promises here, and makes the other forms of the body from them.
    c.req.bodyCache.text = Promise.resolve(text) as unknown as string;
  } else if (bytes) {
    c.req.bodyCache.arrayBuffer = Promise.resolve(bytes.buffer) as unknown as ArrayBuffer;
  }
  return next();
});

/** Undefined: there is none. */
async function readAtMost(
  stream: ReadableStream<Uint8Array> | null,
  limit: number,
): Promise<Uint8Array | undefined> {
  if (stream === null) return undefined;
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(cutShort);
    if (done) break;
    length += value.byteLength;
    if (length > limit) {
      // Not awaited: a peer that keeps sending must not keep us from answering.
      reader.cancel().catch(() => undefined);
      throw new Problem("body_too_large");
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

/** All at once, which is cheaper than chunk by chunk: a server takes no more of a body than was announced. */
async function readAnnounced(request: Request): Promise<Uint8Array> {
  const bytes = new Uint8Array(await request.arrayBuffer().catch(cutShort));
  if (bytes.length > largest) throw new Problem("body_too_large");
  return bytes;
}

/** The client went away in the middle of it. */
function cutShort(cause: unknown): never {
  throw new Problem("malformed_json", { cause });
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new Problem("malformed_json", { cause });
  }
}

function refuseUnlessJson(text: string): void {
  if (jsonDepth(text) > deepest) throw new Problem("malformed_json");
  try {
    JSON.parse(text);
  } catch (cause) {
    throw new Problem("malformed_json", { cause });
  }
}
