import { z } from "@hono/zod-openapi";
import { nameField } from "../account/fields.ts";

export const passkeyName = nameField.max(64).openapi({ example: "Work laptop" });

const bytes = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[A-Za-z0-9_-]+$/, "invalid");

/** At most 1023 bytes (WebAuthn Level 3 §4, credential id). */
const credentialId = bytes(1364).openapi({ example: "lw6mbH4pXT2ZkqR5cQ7n0A" });
const clientData = bytes(8192).openapi({ example: "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0" });

/** What browsers write beside what we read is theirs to extend, and is passed over. */
const publicKeyCredential = {
  id: credentialId,
  rawId: credentialId,
  type: z.literal("public-key"),
  clientExtensionResults: z.record(z.string(), z.unknown()).default({}),
};

/**
 * What `PublicKeyCredential.toJSON()` makes of a `navigator.credentials.create` (WebAuthn Level 3 §5.1.8).
 * @public
 */
export const registrationField = z
  .object({
    ...publicKeyCredential,
    response: z.object({
      clientDataJSON: clientData,
      attestationObject: bytes(32_768).openapi({ example: "o2NmbXRkbm9uZQ" }),
      transports: z.array(z.string().max(32)).max(16).default([]),
    }),
  })
  .openapi("RegistrationCredential");

/**
 * What `PublicKeyCredential.toJSON()` makes of a `navigator.credentials.get`.
 * @public
 */
export const assertionField = z
  .object({
    ...publicKeyCredential,
    response: z
      .object({
        clientDataJSON: clientData,
        authenticatorData: bytes(8192).openapi({
          example: "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MFAAAAAA",
        }),
        signature: bytes(2048).openapi({ example: "MEUCIQ" }),
        userHandle: bytes(86).nullish().openapi({ example: "AZmhsgAAcACAAAAAAAAAAA" }),
      })
      .transform(({ userHandle, ...response }) => (userHandle ? { ...response, userHandle } : response)),
  })
  .openapi("AssertionCredential");

/**
 * Names a ceremony in progress.
 * @public
 */
export const flowField = z.string().min(1).max(2048).openapi({
  description: "From the options that the credential answers",
  example: "9mXk2w.eyJpZCI6IjAxOTlhMWIyIn0.Qf3vYk0yXcE1n8Jw2LrT5g",
});

const descriptor = z.object({
  id: credentialId,
  type: z.literal("public-key"),
  transports: z.array(z.string()).openapi({ example: ["internal", "hybrid"] }),
});

const challenge = z.string().openapi({ example: "AMMPtUMxxGTStncdq42rcPzgbrhv5yE3VqxS4aqKvXw" });

const flow = {
  flow_id: flowField.openapi({ description: "Goes with the credential. It is no option of the browser's" }),
  expires_in: z.number().int().openapi({ example: 300 }),
};

/** `PublicKeyCredentialCreationOptionsJSON` for `PublicKeyCredential.parseCreationOptionsFromJSON()`. */
export const creationOptionsSchema = z
  .object({
    rp: z.object({ id: z.string().openapi({ example: "auth.example.com" }), name: z.string() }),
    user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
    challenge,
    pubKeyCredParams: z.array(z.object({ type: z.literal("public-key"), alg: z.number().int() })),
    timeout: z.number().int(),
    excludeCredentials: z.array(descriptor),
    authenticatorSelection: z.object({
      residentKey: z.literal("required"),
      requireResidentKey: z.literal(true),
      userVerification: z.literal("required"),
    }),
    attestation: z.literal("none"),
    ...flow,
  })
  .openapi("PasskeyCreationOptions");

/**
 * `PublicKeyCredentialRequestOptionsJSON` for `PublicKeyCredential.parseRequestOptionsFromJSON()`.
 * @public
 */
export const requestOptionsSchema = z
  .object({
    challenge,
    rpId: z.string().openapi({ example: "auth.example.com" }),
    timeout: z.number().int(),
    userVerification: z.literal("required"),
    allowCredentials: z.array(descriptor).optional(),
    ...flow,
  })
  .openapi("PasskeyRequestOptions");

export const passkeySchema = z
  .object({
    id: z.string().openapi({ example: "0199a1b2-0000-7000-8000-000000000003" }),
    name: z.string().openapi({ example: "Google Password Manager" }),
    aaguid: z.string().openapi({
      description: "The model of the authenticator, by its own word",
      example: "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4",
    }),
    transports: z.array(z.string()).openapi({ example: ["internal", "hybrid"] }),
    backed_up: z.boolean(),
    created_at: z.string().openapi({ example: "2026-11-24T09:00:00.000Z" }),
    last_used_at: z.string().nullable().openapi({ example: "2026-11-24T09:00:00.000Z" }),
  })
  .openapi("Passkey");

/** A credential as a form posts it: its JSON, in one field. */
const json = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    context.addIssue({ code: "custom", message: "invalid" });
    return z.NEVER;
  }
});

/**
 * What such a form posts: the answer to a request, or a new credential.
 * @public
 */
export const passkeyAnswer = z.object({ flow_id: flowField, credential: json.pipe(assertionField) });

/** @public */
export const passkeyRegistration = z.object({ flow_id: flowField, credential: json.pipe(registrationField) });
