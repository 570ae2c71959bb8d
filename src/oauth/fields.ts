import { z } from "@hono/zod-openapi";
import { formType } from "../http/form-dialect.ts";
import { accessTokenType, apiKeyType } from "./exchange-api-key.ts";

/** RFC 6749 §3.2: a parameter without a value is as good as left out, and a repeated one is an error. */
const param = (max = 16_384) =>
  z
    .string()
    .max(max)
    .transform((text) => (text === "" ? undefined : text))
    .optional();

const clientParams = {
  client_id: param(64),
  client_secret: param(256),
  client_assertion: param(8192),
  client_assertion_type: param(100).openapi({
    example: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
  }),
};

/** Parameters we do not know are ignored (RFC 6749 §3.2). */
export const tokenRequest = z.object({
  grant_type: param(100).openapi({ example: "client_credentials" }),
  scope: param(8192).openapi({ example: "users:read" }),
  resource: z.union([param(2048), z.array(z.string().max(2048)).max(20)]).optional(),
  audience: z.union([param(2048), z.array(z.string().max(2048)).max(20)]).optional(),
  subject_token: param().openapi({ description: "An API key, to exchange it (RFC 8693)" }),
  subject_token_type: param(100).openapi({ example: apiKeyType }),
  requested_token_type: param(100).openapi({ example: accessTokenType }),
  ...clientParams,
});

export const tokenParam = z.object({
  token: param(),
  token_type_hint: param(100).openapi({ description: "Not needed: tokens tell themselves apart" }),
  ...clientParams,
});

export const formBody = <T extends z.ZodType>(schema: T) =>
  ({ required: true, content: { [formType]: { schema } } }) as const;

export const accessResponse = z
  .object({
    access_token: z.string().openapi({ example: "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.c2ln" }),
    token_type: z.literal("Bearer"),
    expires_in: z.number().int().openapi({ example: 1800 }),
    scope: z.string().openapi({ example: "users:read" }),
    issued_token_type: z.literal(accessTokenType).optional(),
  })
  .openapi("AccessResponse");

export const introspectionResponse = z
  .object({ active: z.boolean() })
  .catchall(z.unknown())
  .openapi("Introspection", { description: "RFC 7662 §2.2: `active` alone for a token that is not good" });

const names = z.array(z.string());

export const serverMetadata = z
  .object({
    issuer: z.string(),
    jwks_uri: z.string().optional(),
    revocations_uri: z.string().optional().openapi({ description: "Our own: the revocation feed" }),
    token_endpoint: z.string(),
    token_endpoint_auth_methods_supported: names,
    token_endpoint_auth_signing_alg_values_supported: names,
    introspection_endpoint: z.string(),
    introspection_endpoint_auth_methods_supported: names,
    introspection_endpoint_auth_signing_alg_values_supported: names,
    revocation_endpoint: z.string(),
    revocation_endpoint_auth_methods_supported: names,
    revocation_endpoint_auth_signing_alg_values_supported: names,
    grant_types_supported: names,
    response_types_supported: names,
    scopes_supported: names,
    service_documentation: z.string(),
  })
  .openapi("ServerMetadata");
