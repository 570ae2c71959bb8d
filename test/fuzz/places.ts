import { freshEmail, goodPassword } from "../support/client.ts";
import type { Document, Operation } from "../support/openapi.ts";
import type { MadeRequest } from "./made-request.ts";
import { expand, type Schema } from "./schema.ts";

/** A field, a parameter or a part of the path where a text goes, and the request with it there. */
export type Place = { name: string; request(text: string): MadeRequest };

type Path = string[];

/** Every text in a value of the schema, by the names that lead there; `*` stands for the one item of a list. */
function textsIn(schema: Schema, path: Path = []): Path[] {
  if ([schema.type ?? "object"].flat().includes("string")) return [path];
  if (schema.items) return textsIn(schema.items, [...path, "*"]);
  return Object.entries(schema.properties ?? {}).flatMap(([name, each]) => textsIn(each, [...path, name]));
}

/** A value of the schema with all that it has to have, and with `text` where the path leads. */
function valueWith(schema: Schema, path: Path | undefined, text: string, name = ""): unknown {
  if (path?.length === 0) return text;
  const [next, ...rest] = path ?? [];
  const { type, items, properties = {}, required = [], example } = schema;
  if (items) return next === undefined ? (example ?? []) : [valueWith(items, rest, text)];
  if ([type ?? "object"].flat().includes("object")) {
    const names = Object.keys(properties).filter((each) => each === next || required.includes(each));
    return Object.fromEntries(
      names.map((each) => [
        each,
        valueWith(properties[each] ?? {}, each === next ? rest : undefined, text, each),
      ]),
    );
  }
  if (/email$/.test(name)) return freshEmail();
  if (/password$/.test(name)) return goodPassword;
  return (
    schema.enum?.[0] ?? example ?? { boolean: true, integer: 1, number: 1 }[[type].flat()[0] ?? ""] ?? "text"
  );
}

const plainPath = (path: string) => path.replace(/\{[^}]+\}/g, () => crypto.randomUUID());

function requestTo({ method, path }: Operation, changes: Partial<MadeRequest>): MadeRequest {
  const who = path.startsWith("/api/v1/admin") ? "operator" : "user";
  return { method, template: path, who, path: plainPath(path), headers: {}, body: undefined, ...changes };
}

function fieldsOf(operation: Operation, { schemas }: Document): Place[] {
  const schema = operation.operation.requestBody?.content["application/json"]?.schema as Schema | undefined;
  if (!schema) return [];
  const whole = expand(schema, schemas);
  return (whole.oneOf ?? [whole]).flatMap((shape) =>
    textsIn(shape).map((path) => ({
      name: `${operation.operation.operationId} ${path.join(".")}`,
      request: (text: string) =>
        requestTo(operation, {
          headers: { "content-type": "application/json" },
          body: JSON.stringify(valueWith(shape, path, text)),
        }),
    })),
  );
}

function parametersOf(operation: Operation): Place[] {
  const { path, operation: described } = operation;
  const declared = (described.parameters ?? []).filter((each) => each.in !== "header");
  return declared.map(({ name, in: where }) => ({
    name: `${described.operationId} ${where} ${name}`,
    request(text: string) {
      const encoded = encodeURIComponent(text.toWellFormed());
      if (where === "query") return requestTo(operation, { path: `${plainPath(path)}?${name}=${encoded}` });
      // No text, and a dot, make another path of it.
      const segment = /^\.{0,2}$/.test(text) ? "%20" : encoded;
      return requestTo(operation, { path: plainPath(path.replace(`{${name}}`, segment)) });
    },
  }));
}

/** Every place of every operation that takes a text. */
export function placesOf(document: Document): Place[] {
  return document.operations.flatMap((each) => [...fieldsOf(each, document), ...parametersOf(each)]);
}
