import { createRoute, z } from "@hono/zod-openapi";
import { etag, RETAINED_304_HEADERS } from "hono/etag";
import { json, refusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";

const jwk = z
  .object({
    kty: z.string(),
    kid: z.string(),
    alg: z.string(),
    use: z.literal("sig"),
    crv: z.string().optional(),
    x: z.string().optional(),
    y: z.string().optional(),
    n: z.string().optional(),
    e: z.string().optional(),
  })
  .openapi("Jwk");

const corsHeaders = ["access-control-allow-origin", "access-control-expose-headers"];

const jwks = createRoute({
  method: "get",
  path: "/.well-known/jwks.json",
  operationId: "getJwks",
  tags: ["Tokens"],
  summary: "The public keys access tokens verify with (RFC 7517). Empty under HS256, HS384 and HS512",
  // A page that asks with If-None-Match must be allowed to read the answer that nothing has changed, too.
  middleware: etag({ retainedHeaders: [...RETAINED_304_HEADERS, ...corsHeaders] }),
  responses: {
    200: json(z.object({ keys: z.array(jwk) }).openapi("JwkSet"), "The key set"),
    304: { description: "The copy whose ETag came in `If-None-Match` is current (RFC 9110 §13.1.2)" },
    ...refusals(),
  },
});

/** @public */
export const tokenRoutes = createRouter().openapi(jwks, (c) => {
  c.header("Cache-Control", "public, max-age=300");
  return c.json(c.var.deps.keys.jwks, 200);
});
