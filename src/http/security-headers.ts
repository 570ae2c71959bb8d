import { createMiddleware } from "hono/factory";
import type { AppEnv } from "./environment.ts";

const strict = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/**
 * Of every reply, those too that we are not asked for: on Workers the platform serves the assets.
 * @public
 */
export const fixedHeaders = {
  "Content-Security-Policy": strict,
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
} as const;

/**
 * For a service that is reached by https. Over http a browser must not heed it (RFC 6797 §8.1).
 * @public
 */
export const transportHeader = ["Strict-Transport-Security", "max-age=63072000; includeSubDomains"] as const;

const always = [...Object.entries(fixedHeaders), ["Cache-Control", "no-store"], ["Vary", "Origin"]] as const;

/**
 * Headers of every reply. A page that needs a wider policy sets its own before this looks.
 * @public
 */
export const securityHeaders = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  const { headers } = c.res;
  for (const [name, value] of always) headers.has(name) || headers.set(name, value);
  if (c.get("deps").config.issuer.startsWith("https:")) headers.set(...transportHeader);
});
