import { z } from "@hono/zod-openapi";
import type { JWK } from "jose";
import { textField } from "../http/fields.ts";
import { pageOf } from "../http/paging.ts";
import { authMethods } from "./client.ts";

/** Of all together: they go into a token, and that into a header. */
const longestScope = 4000;

const instant = z.string().openapi({ example: "2026-11-25T09:00:00.000Z" });

const nameField = textField(100).openapi({ example: "Billing" });

/** RFC 6749 §3.3: what a scope-token may be written with. */
const scopeField = z
  .string()
  .max(100)
  .regex(/^[\x21\x23-\x5B\x5D-\x7E]+$/, "invalid");

const scopesField = z
  .array(scopeField)
  .max(100)
  .refine((scopes) => scopes.join(" ").length <= longestScope, "too_long")
  .openapi({
    example: ["users:read", "users:write"],
    description: "All it may ask for. Those that are permissions count on the routes of operators",
  });

/** RFC 8707 §2 wants an absolute URI without a fragment; `AUDIENCE` may be any name. */
const audiencesField = z
  .array(textField(255).refine((text) => !/[\s#]/.test(text), "invalid"))
  .min(1)
  .max(20)
  .openapi({
    example: ["https://orders.example.com"],
    description: "Whom its tokens may be for; the first unless it names another",
  });

const jwksField = z
  .object({ keys: z.array(z.record(z.string(), z.unknown())).min(1).max(5) })
  .transform(({ keys }) => ({ keys: keys as JWK[] }))
  .openapi({
    type: "object",
    required: ["keys"],
    properties: { keys: { type: "array", items: { type: "object" }, minItems: 1, maxItems: 5 } },
    description: "Public keys for `private_key_jwt`: P-256, Ed25519, or RSA of 2048 bits or more",
    example: { keys: [{ kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }] },
  });

export const newClient = z.strictObject({
  name: nameField,
  auth_method: z.enum(authMethods),
  scopes: scopesField,
  audiences: audiencesField.optional(),
  jwks: jwksField.optional(),
});

export const clientChange = z.strictObject({
  name: nameField.optional(),
  scopes: scopesField.optional(),
  audiences: audiencesField.optional(),
  jwks: jwksField.optional(),
});

export const clientSchema = z
  .object({
    client_id: z.string(),
    name: z.string(),
    auth_method: z.enum(authMethods),
    scopes: z.array(z.string()),
    audiences: z.array(z.string()),
    jwks: z
      .object({ keys: z.array(z.record(z.string(), z.string())) })
      .nullable()
      .openapi({ type: ["object", "null"] }),
    secrets: z.array(z.object({ id: z.string(), created_at: instant, last_used_at: instant.nullable() })),
    created_at: instant,
    updated_at: instant,
  })
  .openapi("Client");

const secretField = z.string().openapi({
  description: "Told this once",
  example: "gths_AZrI...",
});

export const registeredClient = clientSchema
  .extend({ client_secret: secretField.optional() })
  .openapi("RegisteredClient");

export const clientWithSecret = clientSchema
  .extend({ client_secret: secretField })
  .openapi("ClientWithSecret");

export const clientPage = pageOf(clientSchema)
  .extend({ total_estimate: z.number().int() })
  .openapi("ClientPage");

/** What a form has a line each of. */
export const lines = z
  .string()
  .default("")
  .transform((text) => text.split(/\s+/).filter(Boolean));

/** A JWK set as its text. */
export const jwksText = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue({ code: "custom", message: "invalid" });
      return z.NEVER;
    }
  })
  .pipe(jwksField);
