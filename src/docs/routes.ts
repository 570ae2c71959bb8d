import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { base64url } from "jose";
import manifest from "../../package.json" with { type: "json" };
import type { AppEnv } from "../http/environment.ts";
import { createRouter } from "../http/router.ts";
import { redocPage, swaggerPage } from "./pages.ts";

/** The pages load their own assets and nothing else; both libraries write style elements. */
function allowAssets(c: Context<AppEnv>): string {
  const nonce = base64url.encode(c.var.deps.random.bytes(16));
  c.header(
    "Content-Security-Policy",
    `default-src 'none'; script-src 'self' 'nonce-${nonce}'; style-src 'self' 'unsafe-inline'; ` +
      "img-src 'self' data:; connect-src 'self'; worker-src blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  );
  return nonce;
}

const info = {
  title: "Gatehouse",
  version: manifest.version,
  description: manifest.description,
  license: { name: "MIT", identifier: "MIT" },
};

/** The OpenAPI document of `api`, made once and kept as text. */
function documentOf(api: OpenAPIHono<AppEnv>): string {
  const document = api.getOpenAPI31Document({ openapi: "3.1.0", info, servers: [{ url: "/" }] });
  for (const { post } of Object.values(document.paths ?? {})) {
    // To the validators a body that may come in two forms is optional in each; to a client it is not.
    const content = post?.requestBody && "content" in post.requestBody ? post.requestBody.content : {};
    if (post?.requestBody && Object.keys(content).length > 1)
      Object.assign(post.requestBody, { required: true });
  }
  return JSON.stringify(document);
}

/**
 * `/openapi.json`, `/docs` and `/redoc`, self-hosted.
 * @public
 */
export function docsRoutes(api: OpenAPIHono<AppEnv>) {
  let document: string | undefined;
  api.openAPIRegistry.registerComponent("securitySchemes", "bearer", {
    type: "oauth2",
    description: "A JWT access token (RFC 9068).",
    flows: { password: { tokenUrl: "/api/v1/auth/login", refreshUrl: "/api/v1/auth/refresh", scopes: {} } },
  });
  api.openAPIRegistry.registerComponent("securitySchemes", "client", {
    type: "http",
    scheme: "basic",
    description: "A machine client's id and secret; or in the form, or as an assertion (RFC 7523).",
  });
  return createRouter()
    .get("/openapi.json", (c) => {
      document ??= documentOf(api);
      return c.body(document, 200, { "Content-Type": "application/json" });
    })
    .get("/docs", (c) => c.html(swaggerPage(allowAssets(c))))
    .get("/redoc", (c) => c.html(redocPage(allowAssets(c))))
    .get("/assets/:name", async (c) => {
      // On Workers the platform answers these before us.
      const found = await c.env.assets?.(c.req.param("name"));
      return found ?? c.notFound();
    });
}
