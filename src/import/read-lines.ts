/** How far a file has been read: bytes, and lines. */
export type Position = { readonly offset: number; readonly lines: number };

/** A line, or why it cannot be read; and where it ends. */
export type Line = Position &
  (
    | { readonly text: string; readonly fault?: undefined }
    | { readonly text?: undefined; readonly fault: "too_long" | "malformed_json" }
  );

const longest = 2 ** 20;
const newline = 0x0a;

/**
 * The lines of a stream that begins at `start` of its file. A line over 1 MiB is passed over without
 * being kept, so that what is held is bounded whatever comes in.
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>, start: Position): AsyncGenerator<Line> {
  let held = new Uint8Array(64 * 1024);
  let length = 0;
  let { offset, lines } = start;

  const hold = (piece: Uint8Array) => {
    const total = length + piece.length;
    if (total > held.length && total <= longest) {
      const larger = new Uint8Array(Math.min(longest, Math.max(total, held.length * 2)));
      larger.set(held.subarray(0, length));
      held = larger;
    }
    if (total <= longest) held.set(piece, length);
    length = total;
  };
  const end = (separator: number): Line => {
    offset += length + separator;
    lines++;
    const position = { offset, lines };
    const text = length > longest ? undefined : decode(held.subarray(0, length));
    const fault = length > longest ? "too_long" : "malformed_json";
    length = 0;
    return text === undefined ? { ...position, fault } : { ...position, text };
  };

  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
      hold(chunk.subarray(from, at));
      yield end(1);
      from = at + 1;
    }
    hold(chunk.subarray(from));
  }
  if (length > 0) yield end(0);
}

/** Strict UTF-8; a byte order mark, as some tools put before the first line, is dropped. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined; // not UTF-8
  }
}
