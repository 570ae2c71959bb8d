import fc from "fast-check";

/** Any text a JavaScript string can be, halves of surrogate pairs among it. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.array(fc.nat(0xffff), { maxLength: 30 }).map((units) => String.fromCharCode(...units)),
);

/** A text that is right but for a stretch of it, where anything may be. */
export function nearly(right: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(right, fc.nat(), fc.nat(4), fc.oneof(fc.constant(""), anyText))
    .map(([text, at, gone, put]) => {
      const from = at % (text.length + 1);
      return text.slice(0, from) + put + text.slice(from + gone);
    });
}
