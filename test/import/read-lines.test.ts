import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Line, readLines } from "../../src/import/read-lines.ts";

const encode = (text: string) => new TextEncoder().encode(text);

async function* inPieces(bytes: Uint8Array, sizes: readonly number[]) {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function read(bytes: Uint8Array, sizes: readonly number[] = [65_536]): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const line of readLines(inPieces(bytes, sizes), { offset: 0, lines: 0 })) lines.push(line);
  return lines;
}

describe("the lines of a stream", () => {
  it("are the same however it comes in pieces, and end where their bytes do", async () => {
    const lines = fc.array(fc.string({ unit: "binary" }).filter((text) => !text.includes("\n")));
    const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(lines, sizes, async (texts, pieces) => {
        const bytes = encode(texts.map((text) => `${text}\n`).join(""));
        const found = await read(bytes, pieces);
        const decoded = texts.map((text) => new TextDecoder().decode(encode(text)));
        expect(found.map(({ text }) => text)).toEqual(decoded);
        expect(found.at(-1)?.offset ?? 0).toBe(bytes.length);
        for (const { offset, lines: number } of found) {
          expect(bytes.subarray(0, offset).filter((byte) => byte === 10)).toHaveLength(number);
        }
      }),
    );
  });

  it("may end without a newline, begin with a byte order mark, and be empty", async () => {
    const found = await read(encode("\ufeffa\r\n\nb"));
    expect(found.map(({ text }) => text)).toEqual(["a\r", "", "b"]);
    expect(found.at(-1)).toMatchObject({ offset: 8, lines: 3 });
    expect(await read(new Uint8Array())).toEqual([]);
  });

  it("are refused over 1 MiB or when they are not UTF-8, and the next is read all the same", async () => {
    const most = "x".repeat(2 ** 20);
    const bytes = Buffer.concat([
      encode(`${most}\n${most}y\nb\n`),
      Buffer.from([0xc3, 0x28, 10]),
      encode("c"),
    ]);
    for (const sizes of [[65_536], [1_000_003]]) {
      const found = await read(bytes, sizes);
      expect(found.map(({ fault, text }) => fault ?? text?.length)).toEqual([
        2 ** 20,
        "too_long",
        1,
        "malformed_json",
        1,
      ]);
      expect(found.at(-1)?.offset).toBe(bytes.length);
    }
  });
});
