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
  const { raw } = c.req;
  if (raw.body === null || raw.method === "GET" || raw.method === "HEAD" || isStreamed(c)) return next();
  if (Number(c.req.header("content-length") ?? 0) > largest) throw new Problem("body_too_large");
  const bytes = await readAtMost(raw.body, largest);
  const text = decode(bytes);
  const type = c.req.header("content-type") ?? "";
  if (/^application\/([a-z.-]+\+)?json/i.test(type)) {
    c.req.bodyCache.json = Promise.resolve(parseJson(text));
  } else {
    // Hono keeps promises here, and makes the other forms of the body from them.
    c.req.bodyCache.arrayBuffer = Promise.resolve(bytes.buffer) as unknown as ArrayBuffer;
  }
  return next();
});

async function readAtMost(stream: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw new Problem("malformed_json", { cause }); // the client went away in the middle of it
    });
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

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new Problem("malformed_json", { cause });
  }
}

function parseJson(text: string): unknown {
  if (jsonDepth(text) > deepest) throw new Problem("malformed_json");
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Problem("malformed_json", { cause });
  }
}
