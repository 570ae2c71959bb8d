import { type Client, freshEmail, type Options } from "./client.ts";

type Content = Record<string, { schema?: unknown; examples?: Record<string, unknown>; example?: unknown }>;

type Parameter = { name: string; in: "path" | "query" | "header"; schema: unknown };

export type Operation = {
  method: string;
  path: string;
  operation: {
    operationId?: string;
    summary?: string;
    "x-permission"?: string;
    "x-impersonation"?: boolean;
    "x-step-up"?: boolean;
    "x-machines"?: string[];
    security?: Record<string, string[]>[];
    parameters?: Parameter[];
    requestBody?: { required?: boolean; content: Content };
    responses: Record<string, { description: string; content?: Content }>;
  };
};

export type Document = { operations: Operation[]; schemas: Record<string, unknown> };

/** The service's own OpenAPI document: every operation, and the schemas that they share. */
export async function readDocument(client: Pick<Client, "call">): Promise<Document> {
  type Wire = {
    paths: Record<string, Record<string, Operation["operation"]>>;
    components: { schemas: Record<string, unknown> };
  };
  const { body } = await client.call<Wire>("GET", "/openapi.json");
  const operations = Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
  return { operations, schemas: body.components.schemas };
}

/** Every operation of the service's own OpenAPI document. */
export const readOperations = async (client: Pick<Client, "call">) => (await readDocument(client)).operations;

const bodies: Record<string, () => unknown> = {
  inviteUser: () => ({ email: freshEmail() }),
  createUser: () => ({ email: freshEmail() }),
  updateUser: () => ({ name: "Grace" }),
  setRoles: () => ({ roles: [] }),
  createRole: () => ({ name: `role-${crypto.randomUUID()}`, permissions: [] }),
  changeRole: () => ({ permissions: [] }),
  registerClient: () => ({ name: "Billing", auth_method: "client_secret_basic", scopes: [] }),
  changeClient: () => ({ name: "Shipping" }),
  impersonateUser: () => ({ reason: "Ticket 4711" }),
};

/** A request that a route for operators has nothing against, but that its `{…}` names nothing there is. */
export function operatorRequest({ method, path, operation }: Operation): [string, string, Options] {
  const { operationId = "", requestBody } = operation;
  const url = path.replace(/\{[^}]+\}/g, crypto.randomUUID());
  const isStream = "application/x-ndjson" in (requestBody?.content ?? {});
  const stream = { raw: "", headers: { "content-type": "application/x-ndjson" } };
  const body = bodies[operationId]?.();
  if (requestBody?.required && !isStream && body === undefined) throw new Error(`no body for ${operationId}`);
  return [method.toUpperCase(), url, isStream ? stream : body ? { json: body } : {}];
}
