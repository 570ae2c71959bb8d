import { z } from "zod";
import { mediaType } from "../../src/http/form-dialect.ts";
import type { Reply } from "../support/client.ts";
import type { Document } from "../support/openapi.ts";
import { expand, type Schema } from "./schema.ts";

/** What is wrong with the reply to an operation, as `get /path`. */
export type Contract = (name: string, reply: Reply<unknown>) => string | undefined;

/** Says what in a reply the OpenAPI document does not say: a status, a type of content, a field, a value. */
export function createContract({ operations, schemas }: Document): Contract {
  const named = new Map(operations.map((each) => [`${each.method} ${each.path}`, each.operation]));
  const kept = new WeakMap<object, z.ZodType>();
  const validatorOf = (schema: object) => {
    const known =
      kept.get(schema) ?? z.fromJSONSchema(expand(schema as Schema, schemas) as z.core.JSONSchema.JSONSchema);
    kept.set(schema, known);
    return known;
  };

  return (name, { status, headers, text, body }) => {
    const operation = named.get(name);
    if (!operation) return `${name} is no operation`;
    // Nothing is down, so that 503 is a failure too, whatever the document says.
    if (status >= 500) return `answered ${status}: ${text.slice(0, 500)}`;
    if (!headers.get("x-request-id")) return "has no X-Request-Id";
    // What keeps us from reading a body is said only where a body is read.
    const bodyless = operation.requestBody === undefined && (status === 400 || status === 413);
    const declared = operation.responses[status] ?? (bodyless ? operation.responses[500] : undefined);
    if (!declared) return `answered ${status}, which is not declared: ${text.slice(0, 500)}`;
    const type = mediaType(headers.get("content-type") ?? "");
    const content = declared.content?.[type];
    if (!declared.content)
      return text === "" ? undefined : `has a body, and none is declared: ${text.slice(0, 500)}`;
    if (!content) return `is of ${type || "no type"}, which is not declared for ${status}`;
    if (!/\bjson$/.test(type) || !content.schema) return undefined;
    const { error } = validatorOf(content.schema).safeParse(body);
    if (error) return `is not of the schema of ${status}: ${z.prettifyError(error)}\n${text.slice(0, 500)}`;
    const said = (body as { status?: unknown }).status;
    return type === "application/problem+json" && said !== status ? `says ${said} in a ${status}` : undefined;
  };
}
