import fc from "fast-check";
import { goodPassword } from "../support/client.ts";
import type { Schema } from "./schema.ts";

const nested = (depth: number) => JSON.parse(`${"[".repeat(depth)}${"]".repeat(depth)}`) as unknown;

/** One code unit of a surrogate pair alone is a character of a JavaScript string, and of no encoding. */
const unit = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 1 }) },
  fc.constantFrom(
    "\0",
    "\ud800",
    "\udfff",
    "\u202e",
    "\u200b",
    "\ufeff",
    "e\u0301",
    "👩‍👩‍👧",
    '"',
    "\\",
    "%",
    "'",
    "\n",
  ),
);

export const oddText = fc.oneof(
  { weight: 4, arbitrary: fc.array(unit, { maxLength: 30 }).map((all) => all.join("")) },
  fc.constantFrom("", " ", "\0", "\ud800", "..", "null", "__proto__", "%00", "%zz", "{{7*7}}", "' or 1=1 --"),
  fc.constantFrom(
    "0",
    "-1",
    "1e999",
    "NaN",
    "99999999999999999999",
    "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "+275760-09-13T00:00:00.000Z",
  ),
  // One more than is allowed somewhere.
  fc.constantFrom(65, 201, 255, 513, 2049).map((length) => "x".repeat(length)),
);

/** What is right for hardly any field. */
export const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  oddText,
  fc.constantFrom(null, true, false, [], {}, [[]], [null], { a: null }),
  fc.constantFrom(0, -0, -1, 1.5, 1e308, 2 ** 53, 2 ** 31, 2 ** 63, -(2 ** 63), 5e-324),
  fc.integer({ min: 1, max: 40 }).map(nested),
  fc.jsonValue({ maxDepth: 3, stringUnit: "binary" }),
  fc.constantFrom(16_385, 66_000).map((length) => "x".repeat(length)),
);

/** Names under which the same thing is asked for and given. */
const sameAs: Record<string, string> = {
  new_email: "email",
  username: "email",
  to: "email",
  subject_token: "key",
  invitation: "token",
  cursor: "next_cursor",
  actor: "users",
  subject: "users",
  role: "roles",
  q: "email",
};

/**
 * Stands for the `n`-th last value that replies gave under a name; it is put in as the request is made. It is written so that no
 * encoding changes it.
 */
const known = (name: string) => fc.nat(12).map((n) => `__known-${sameAs[name] ?? name}-${n}__`);

const passwords = fc.constantFrom(goodPassword, goodPassword, goodPassword, "Another-horse-8", "short");
const instant = fc
  .date({ noInvalidDate: true, min: new Date("1970-01-01"), max: new Date("2100-01-01") })
  .map((date) => date.toISOString());

function rightText(schema: Schema, name: string): fc.Arbitrary<string> {
  const { example, format, pattern, minLength = 0, maxLength = 200 } = schema;
  if (/password$/.test(name)) return passwords;
  const all: fc.WeightedArbitrary<string>[] = [{ weight: 4, arbitrary: known(name) }];
  if (/email$/.test(name)) all.push({ weight: 4, arbitrary: fc.constant("__fresh-email-0__") });
  if (typeof example === "string") all.push({ weight: 3, arbitrary: fc.constant(example) });
  if (format === "date-time") all.push({ weight: 3, arbitrary: instant });
  else if (pattern) all.push({ weight: 3, arbitrary: fc.stringMatching(new RegExp(pattern)) });
  else
    all.push({
      weight: 1,
      arbitrary: fc.string({ unit: "grapheme", minLength, maxLength: Math.min(maxLength, 40) }),
    });
  return fc.oneof(...all);
}

/** What the schema takes, as far as it says; often what the service itself gave before under the same name. */
export function rightValue(schema: Schema, name = ""): fc.Arbitrary<unknown> {
  const kinds = [schema.type ?? "object"].flat();
  const ways = schema.oneOf ?? schema.anyOf;
  if (ways) return fc.oneof(...ways.map((way) => rightValue(way, name)));
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const made = ofKind(kinds[0] ?? "object", schema, name);
  const { example } = schema;
  const right =
    typeof example === "object"
      ? fc.oneof({ weight: 3, arbitrary: made }, { weight: 1, arbitrary: fc.constant(example) })
      : made;
  return kinds.includes("null") ? fc.option(right, { freq: 4 }) : right;
}

function ofKind(kind: string, schema: Schema, name: string): fc.Arbitrary<unknown> {
  if (kind === "string") return rightText(schema, name);
  if (kind === "boolean") return fc.boolean();
  const { minimum = -10, maximum = 1000, minItems = 0, maxItems = 3, items = {} } = schema;
  if (kind === "integer" || kind === "number") return fc.integer({ min: minimum, max: maximum });
  if (kind === "array") {
    const each = rightValue(items, name.replace(/s$/, ""));
    return fc.array(each, { minLength: minItems, maxLength: Math.max(minItems, Math.min(maxItems, 3)) });
  }
  if (!schema.properties)
    return fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 });
  return fieldsOf(schema.properties, schema.required ?? []);
}

/** What is required, and of the rest few fields, half or most: two that exclude each other are often both there. */
function fieldsOf(properties: Record<string, Schema>, required: string[]): fc.Arbitrary<unknown> {
  const names = Object.keys(properties);
  const fields = names.map((name) => rightValue(properties[name] ?? {}, name));
  const draws = fc.array(fc.nat(9), { minLength: names.length, maxLength: names.length });
  return fc.tuple(fc.tuple(...fields), draws, fc.constantFrom(2, 5, 9)).map(([values, drawn, share]) => {
    const isThere = (at: number) => required.includes(names[at] ?? "") || (drawn[at] ?? 0) < share;
    return Object.fromEntries(names.flatMap((name, at) => (isThere(at) ? [[name, values[at]]] : [])));
  });
}

type Change = { at: number; kind: "drop" | "odd" | "extra"; value: unknown };

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(50),
  kind: fc.constantFrom("drop", "odd", "odd", "odd", "extra"),
  value: oddValue,
});

type Place = { within: Record<string, unknown>; key: string };

/** Every field of a value, however deep. */
function placesIn(value: unknown): Place[] {
  if (typeof value !== "object" || value === null) return [];
  const within = value as Record<string, unknown>;
  return Object.keys(within).flatMap((key) => [{ within, key }, ...placesIn(within[key])]);
}

/** What the schema takes, but for a field or two that are missing, too many, or of another kind. */
export function almostRight(schema: Schema): fc.Arbitrary<unknown> {
  return fc
    .tuple(rightValue(schema), fc.array(change, { minLength: 1, maxLength: 2 }))
    .map(([value, changes]) => {
      const copy = structuredClone(value);
      for (const { at, kind, value: odd } of changes) {
        const places = placesIn(copy);
        const place = places[at % Math.max(places.length, 1)];
        if (!place || kind === "extra") {
          if (typeof copy === "object" && copy)
            Object.assign(copy, { [at % 2 ? "role" : "id"]: structuredClone(odd) });
        } else if (kind === "drop") delete place.within[place.key];
        else place.within[place.key] = structuredClone(odd);
      }
      return copy;
    });
}

/** In one request of `every`. */
export const sometimes = <T>(value: fc.Arbitrary<T>, every: number): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: every - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

/** Hardly ever: most of a request has to be right for the rest to be looked at. */
export const rarely = <T>(value: fc.Arbitrary<T>) => sometimes(value, 16);
