import fc from "fast-check";
import type { Document, Operation } from "../support/openapi.ts";
import { asPairs, type Body, bodyOf } from "./made-body.ts";
import { headersFor } from "./made-headers.ts";
import type { Schema } from "./schema.ts";
import { oddText, rarely, rightValue, sometimes } from "./values.ts";

/** A request before it is sent: who asks, and texts that may hold places for values the service gave. */
export type MadeRequest = {
  method: string;
  /** The path as the document has it; `path` is one of those it stands for. */
  template: string;
  who: "nobody" | "user" | "operator";
  path: string;
  headers: Record<string, string>;
  body: Body | undefined;
};

const rawSegment = fc.constantFrom(
  "%zz",
  "%00",
  "%2F",
  "%ff",
  "%c0%80",
  "0199A1B2-0000-7000-8000-000000000000",
  "~",
  ";a=b",
);
const segment = oddText
  .map((text) => encodeURIComponent(text.toWellFormed()))
  .filter((text) => !/^(\.|%2e)*$/i.test(text));

/** The path of an operation with something for each of its parameters. */
function pathOf(template: string): fc.Arbitrary<string> {
  const parts = template.split(/(\{[^}]+\})/).map((part) => {
    const [, name] = /^\{(.+)\}$/.exec(part) ?? [];
    if (name === undefined) return fc.constant(part);
    const list = /([a-z-]+)\/$/.exec(template.slice(0, template.indexOf(part)))?.[1] ?? name;
    return fc.oneof(
      { weight: 8, arbitrary: fc.nat(12).map((n) => `__known-${list}-${n}__`) },
      { weight: 1, arbitrary: segment },
      { weight: 1, arbitrary: rawSegment },
    );
  });
  return fc.tuple(...parts).map((all) => all.join(""));
}

function queryOf({ operation }: Operation): fc.Arbitrary<string> {
  const declared = (operation.parameters ?? []).filter((each) => each.in === "query");
  const pairs = declared.map(({ name, schema }) => {
    const right = rightValue(schema as Schema, name);
    const value = fc.oneof({ weight: 12, arbitrary: right }, { weight: 1, arbitrary: oddText });
    const once = value.map((each) => asPairs(name, each));
    const twice = fc.tuple(value, value).map((all) => asPairs(name, all));
    return sometimes(fc.oneof({ weight: 12, arbitrary: once }, { weight: 1, arbitrary: twice }), 3);
  });
  const junk = fc.constantFrom("unknown=1", "%zz=%zz", "&&==", "limit=1&limit=2", "%00=%00", "__proto__=1");
  return fc.tuple(fc.tuple(...pairs), rarely(junk)).map(([all, extra]) => {
    const text = [...all.flatMap((each) => each ?? []), ...(extra ? [extra] : [])].join("&");
    return text ? `?${text}` : "";
  });
}

/** Requests for an operation, as its document describes them or nearly. */
function requestsFor(operation: Operation, schemas: Record<string, unknown>): fc.Arbitrary<MadeRequest> {
  const own = operation.path.startsWith("/api/v1/admin") ? "operator" : "user";
  return fc
    .record({
      who: fc.constantFrom<MadeRequest["who"]>(own, own, own, own, "operator", "user", "nobody"),
      path: pathOf(operation.path),
      query: queryOf(operation),
      headers: headersFor(operation.path),
      sent: bodyOf(operation, schemas),
    })
    .map(({ who, path, query, headers: more, sent }) => ({
      method: operation.method,
      template: operation.path,
      who,
      path: `${path}${query}`,
      headers: Object.fromEntries([
        ...(sent.type === undefined ? [] : [["content-type", sent.type]]),
        ...more,
      ]),
      body: sent.body,
    }));
}

/** Requests for any of the operations. */
export function madeRequests({ operations, schemas }: Document): fc.Arbitrary<MadeRequest> {
  // The work of a minute and what lists everybody take as long as many requests; and whoever leaves has to sign up again.
  const isRare = ({ method, path }: Operation) =>
    /^\/dev|-all$|\/export$/.test(path) || `${method} ${path}` === "delete /api/v1/users/me";
  return fc.oneof(
    ...operations.map((each) => ({ weight: isRare(each) ? 1 : 6, arbitrary: requestsFor(each, schemas) })),
  );
}
