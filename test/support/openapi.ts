import { type Client, freshEmail, type Options } from "./client.ts";

type Content = Record<string, { schema?: unknown; examples?: Record<string, unknown>; example?: unknown }>;

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
