import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { AppEnv } from "../http/environment.ts";
import { json, oauthRefusals, refusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import { OAuthError } from "../oauth-error.ts";
import { accessTokenType, apiKeyType, exchangeApiKey } from "./exchange-api-key.ts";
import {
  accessResponse,
  formBody,
  introspectionResponse,
  serverMetadata,
  tokenParam,
  tokenRequest,
} from "./fields.ts";
import { grantClient } from "./grant-client.ts";
import { introspectToken } from "./introspect-token.ts";
import { describeServer } from "./metadata.ts";
import { revokeToken } from "./revoke-token.ts";

const tags = ["OAuth"];
const security = [{ client: [] }];

const token = createRoute({
  method: "post",
  path: "/oauth/token",
  operationId: "getToken",
  tags,
  summary: "A token for a machine client (RFC 6749 §4.4), or for an API key (RFC 8693)",
  security: [...security, {}],
  request: { body: formBody(tokenRequest) },
  responses: {
    200: json(accessResponse, "The token"),
    ...oauthRefusals("invalid_client", "unsupported_grant_type", "invalid_scope", "invalid_target"),
  },
});

const introspect = createRoute({
  method: "post",
  path: "/oauth/introspect",
  operationId: "introspectToken",
  tags,
  summary: "Whether a token is good now (RFC 7662): an access or refresh token, or an API key",
  security,
  request: { body: formBody(tokenParam) },
  responses: { 200: json(introspectionResponse, "What it is"), ...oauthRefusals("invalid_client") },
});

const revoke = createRoute({
  method: "post",
  path: "/oauth/revoke",
  operationId: "revokeToken",
  tags,
  summary: "End what a token is of (RFC 7009): a session, an API key, or one token of a program",
  security,
  request: { body: formBody(tokenParam) },
  responses: {
    200: { description: "It is no good, whether or not it was before" },
    ...oauthRefusals("invalid_client"),
  },
});

const metadata = createRoute({
  method: "get",
  path: "/.well-known/oauth-authorization-server",
  operationId: "getServerMetadata",
  tags,
  summary: "What this server offers to OAuth clients (RFC 8414)",
  responses: {
    200: json(serverMetadata, "The metadata"),
    ...refusals(),
  },
});

/** The client as the request presents it. */
function presentedBy<Form>(c: Context<AppEnv>, form: Form) {
  const authorization = c.req.header("authorization");
  // What Swagger UI sends for a client without id and secret.
  return { ...form, authorization: authorization === "Basic Og==" ? undefined : authorization };
}

/** A parameter that the request must have. */
function required(param: string | undefined): string {
  if (param === undefined) throw new OAuthError("invalid_request");
  return param;
}

/** @public */
export const oauthRoutes = createRouter()
  .openapi(token, async (c) => {
    c.header("Pragma", "no-cache"); // RFC 6749 §5.1
    const form = c.req.valid("form");
    const request = presentedBy(c, form);
    if (required(form.grant_type) === "client_credentials") {
      return c.json(await grantClient(c.var.deps, request), 200);
    }
    if (form.grant_type !== "urn:ietf:params:oauth:grant-type:token-exchange") {
      throw new OAuthError("unsupported_grant_type");
    }
    const { authorization, client_secret, client_assertion, subject_token_type: type } = request;
    const wanted = form.requested_token_type ?? accessTokenType;
    if (authorization ?? client_secret ?? client_assertion) throw new OAuthError("invalid_request");
    if (type !== apiKeyType || wanted !== accessTokenType) throw new OAuthError("invalid_request");
    const subject_token = required(form.subject_token);
    const targets = [form.resource ?? [], form.audience ?? []].flat();
    return c.json(await exchangeApiKey(c.var.deps, { subject_token, scope: form.scope, targets }), 200);
  })
  .openapi(introspect, async (c) => {
    const form = c.req.valid("form");
    const answer = await introspectToken(c.var.deps, presentedBy(c, form), required(form.token));
    return c.json(answer, 200);
  })
  .openapi(revoke, async (c) => {
    const form = c.req.valid("form");
    await revokeToken(c.var.deps, c.var.caller, presentedBy(c, form), required(form.token));
    return c.body(null, 200);
  })
  .openapi(metadata, (c) => {
    c.header("Cache-Control", "public, max-age=300");
    return c.json(describeServer(c.var.deps.config), 200);
  });
