import fc from "fast-check";
import type { Operation } from "../support/openapi.ts";
import { expand, type Schema } from "./schema.ts";
import { almostRight, oddValue, rightValue } from "./values.ts";

export type Body = string | Uint8Array<ArrayBuffer>;

const escaped = (text: string) => encodeURIComponent(text.toWellFormed());

/** A field as a form and a query write it, a list as one of each. */
export const asPairs = (name: string, value: unknown): string[] =>
  [value]
    .flat()
    .map(
      (each) => `${escaped(name)}=${escaped(typeof each === "object" ? JSON.stringify(each) : String(each))}`,
    );

const utf8 = new TextEncoder();

/** What is no JSON, or none that anybody should have to read. */
const broken: fc.Arbitrary<Body> = fc.oneof(
  fc.constantFrom(
    "",
    "{",
    "null",
    "[]",
    '"x"',
    "1",
    "{}",
    "\ufeff{}",
    '{"a":1,}',
    "NaN",
    `${"[".repeat(33)}${"]".repeat(33)}`,
  ),
  fc.constantFrom(" ".repeat(65_537), `{"a":"${"x".repeat(65_537)}"}`, "[".repeat(60_000)),
  fc.constantFrom(new Uint8Array([0xff, 0xfe]), utf8.encode('{"email":"\xff"}').slice(0, -3)),
  fc.uint8Array({ maxLength: 40 }),
);

/** The first field once more, before itself: parsers differ in which they believe. */
const doubled = (text: string) => text.replace(/^\{("[^"]*":)/, "{$1null,$1");

function jsonOf(schema: Schema): fc.Arbitrary<Body> {
  return fc.oneof(
    { weight: 6, arbitrary: rightValue(schema).map((value) => JSON.stringify(value)) },
    { weight: 6, arbitrary: almostRight(schema).map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: rightValue(schema).map((value) => doubled(JSON.stringify(value))) },
    { weight: 1, arbitrary: oddValue.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: broken },
  );
}

const toForm = (value: unknown) =>
  Object.entries((value ?? {}) as object)
    .flatMap(([name, each]) => asPairs(name, each))
    .join("&");

function formOf(schema: Schema): fc.Arbitrary<Body> {
  return fc.oneof(
    { weight: 6, arbitrary: rightValue(schema).map(toForm) },
    { weight: 4, arbitrary: almostRight(schema).map(toForm) },
    { weight: 1, arbitrary: rightValue(schema).map((value) => `${toForm(value)}&${toForm(value)}`) },
    {
      weight: 1,
      arbitrary: fc.constantFrom("%zz=%zz", "&&&", "a", "=", "token=%ff", "grant_type[]=x", "__proto__=x"),
    },
    { weight: 1, arbitrary: broken },
  );
}

/** Of the users that are brought along; the document knows their lines as a text. */
const user: Schema = {
  properties: {
    email: { type: "string" },
    name: { type: ["string", "null"] },
    external_id: { type: "string", maxLength: 255 },
    roles: { type: "array", items: { enum: ["user", "nobody"] } },
    metadata: { type: "object" },
    password_hash: {
      type: "string",
      example: "$2b$04$abcdefghijklmnopqrstuuAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    },
    created_at: { type: "string", format: "date-time" },
  },
  required: ["email"],
};
const lines = fc
  .array(jsonOf(user), { maxLength: 4 })
  .map((all) => all.filter((each) => typeof each === "string").join("\n"));

const otherTypes = fc.constantFrom(
  undefined,
  "",
  "text/plain",
  "application/json; charset=utf-16",
  "APPLICATION/JSON",
  "application/vnd.x+json",
  "application/x-www-form-urlencoded",
  "application/x-ndjson",
  "multipart/form-data; boundary=x",
  "multipart/form-data",
  "application/json, text/plain",
  "junk",
);

/** A body, and what it is said to be. */
type Sent = { type: string | undefined; body: Body | undefined };

export function bodyOf(
  { method, operation }: Operation,
  schemas: Record<string, unknown>,
): fc.Arbitrary<Sent> {
  if (method === "get") return fc.constant({ type: undefined, body: undefined });
  const declared = Object.entries(operation.requestBody?.content ?? {}).map(([type, { schema }]) => {
    const expanded = expand(schema as Schema, schemas);
    const body = type.endsWith("urlencoded")
      ? formOf(expanded)
      : type.endsWith("ndjson")
        ? lines
        : jsonOf(expanded);
    return { weight: 6, arbitrary: body.map((each): Sent => ({ type, body: each })) };
  });
  const none = {
    weight: declared.length > 0 ? 1 : 6,
    arbitrary: fc.constant<Sent>({ type: undefined, body: undefined }),
  };
  const unasked = {
    weight: 1,
    arbitrary: broken.map((each): Sent => ({ type: "application/json", body: each })),
  };
  const right = fc.oneof(...declared, none, unasked);
  return fc
    .tuple(right, otherTypes, fc.nat(11))
    .map(([sent, type, n]) => (n === 0 ? { ...sent, type } : sent));
}
