import type { Client } from "./client.ts";

type Content = Record<string, { schema?: unknown; examples?: Record<string, unknown>; example?: unknown }>;

export type Operation = {
  method: string;
  path: string;
  operation: {
    operationId?: string;
    summary?: string;
    "x-permission"?: string;
    requestBody?: { required?: boolean; content: Content };
    responses: Record<string, { description: string; content?: Content }>;
  };
};

/** Every operation of the service's own OpenAPI document. */
export async function readOperations(client: Client): Promise<Operation[]> {
  type Document = { paths: Record<string, Record<string, Operation["operation"]>> };
  const { body } = await client.call<Document>("GET", "/openapi.json");
  return Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
}
