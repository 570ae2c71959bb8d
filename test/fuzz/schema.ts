/** What of JSON Schema our OpenAPI document uses. */
export type Schema = {
  type?: string | string[];
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  items?: Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  minimum?: number;
  maximum?: number;
  pattern?: string;
  format?: string;
  example?: unknown;
  $ref?: string;
};

/**
 * The schema with all that it refers to in place, the parts of `allOf` made one, and objects closed: what the document
 * does not name has no place in a reply.
 */
export function expand(schema: Schema, schemas: Record<string, unknown>): Schema {
  const go = (each: Schema) => expand(each, schemas);
  if (schema.$ref) return go((schemas[schema.$ref.replace("#/components/schemas/", "")] ?? {}) as Schema);
  if (schema.allOf) return merge(schema.allOf.map(go));
  const { properties, items, anyOf, oneOf, additionalProperties: others } = schema;
  return {
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, go(each)])),
      additionalProperties: others ?? false,
    }),
    ...(items && { items: go(items) }),
    ...(anyOf && { anyOf: anyOf.map(go) }),
    ...(oneOf && { oneOf: oneOf.map(go) }),
  };
}

function merge(parts: Schema[]): Schema {
  return {
    type: "object",
    properties: Object.assign({}, ...parts.map(({ properties }) => properties)),
    required: parts.flatMap(({ required }) => required ?? []),
    additionalProperties: false,
  };
}
