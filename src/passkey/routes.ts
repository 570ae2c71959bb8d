import { createRoute, z } from "@hono/zod-openapi";
import { secured } from "../http/authenticate.ts";
import { idParam } from "../http/fields.ts";
import { pageOf, pageQuery } from "../http/paging.ts";
import { badBody, json, jsonBody, refusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import { recoveryCodesSchema } from "../mfa/fields.ts";
import { removePasskey, renamePasskey } from "./change-passkey.ts";
import { creationOptionsSchema, flowField, passkeyName, passkeySchema, registrationField } from "./fields.ts";
import { listPasskeys } from "./list-passkeys.ts";
import { offerRegistration } from "./offer-registration.ts";
import { registerPasskey } from "./register-passkey.ts";

const tags = ["Passkeys"];

const options = createRoute({
  method: "post",
  path: "/users/me/passkeys/options",
  operationId: "getPasskeyCreationOptions",
  tags,
  summary: "Options for a new passkey, for the browser's `parseCreationOptionsFromJSON`",
  ...secured("self", "step-up"),
  responses: {
    200: json(creationOptionsSchema, "Options, good for five minutes and one answer"),
    ...refusals("missing_token", "invalid_token", "reauthentication_required", "not_allowed"),
  },
});

const list = createRoute({
  method: "get",
  path: "/users/me/passkeys",
  operationId: "listPasskeys",
  tags,
  summary: "One's passkeys, newest first",
  ...secured("self"),
  request: { query: pageQuery },
  responses: {
    200: json(pageOf(passkeySchema), "A page of passkeys"),
    ...refusals("invalid_cursor", "missing_token", "invalid_token", "not_allowed", "invalid_fields"),
  },
});

const register = createRoute({
  method: "post",
  path: "/users/me/passkeys",
  operationId: "registerPasskey",
  tags,
  summary: "Add a passkey. The session counts as one of two factors from then on",
  ...secured("self", "step-up"),
  request: {
    body: jsonBody(
      z.strictObject({
        flow_id: flowField,
        credential: registrationField,
        name: passkeyName.optional().openapi({ description: "That of its maker when left out" }),
      }),
    ),
  },
  responses: {
    201: json(
      passkeySchema.extend({ recovery_codes: recoveryCodesSchema.optional() }).openapi("NewPasskey"),
      "The passkey, and with the first second factor of an account recovery codes",
    ),
    ...refusals(
      ...badBody,
      "missing_token",
      "invalid_token",
      "invalid_proof",
      "reauthentication_required",
      "not_allowed",
      "conflict",
    ),
  },
});

const rename = createRoute({
  method: "patch",
  path: "/users/me/passkeys/{id}",
  operationId: "renamePasskey",
  tags,
  summary: "Call a passkey something else",
  ...secured("self"),
  request: { params: idParam, body: jsonBody(z.strictObject({ name: passkeyName })) },
  responses: {
    200: json(passkeySchema, "The passkey"),
    ...refusals(...badBody, "missing_token", "invalid_token", "not_allowed", "not_found"),
  },
});

const remove = createRoute({
  method: "delete",
  path: "/users/me/passkeys/{id}",
  operationId: "removePasskey",
  tags,
  summary: "Remove a passkey. Sessions have two factors by it no more",
  ...secured("self", "step-up"),
  request: { params: idParam },
  responses: {
    204: { description: "Removed" },
    ...refusals(
      "missing_token",
      "invalid_token",
      "reauthentication_required",
      "not_allowed",
      "not_found",
      "conflict",
    ),
  },
});

/** @public */
export const passkeyRoutes = createRouter()
  .openapi(options, async (c) => c.json(await offerRegistration(c.var.deps, c.var.actor), 200))
  .openapi(list, async (c) => {
    const { limit, cursor } = c.req.valid("query");
    return c.json(await listPasskeys(c.var.deps, c.var.actor, { limit, cursor }), 200);
  })
  .openapi(register, async (c) => {
    const { flow_id: flowId, credential: response, name } = c.req.valid("json");
    const added = await registerPasskey(c.var.deps, c.var.caller, c.var.actor, { flowId, response, name });
    return c.json(added, 201);
  })
  .openapi(rename, async (c) => {
    const input = { id: c.req.valid("param").id, name: c.req.valid("json").name };
    return c.json(await renamePasskey(c.var.deps, c.var.caller, c.var.actor, input), 200);
  })
  .openapi(remove, async (c) => {
    await removePasskey(c.var.deps, c.var.caller, c.var.actor, c.req.valid("param").id);
    return c.body(null, 204);
  });
