import { createMiddleware } from "hono/factory";
import type { AppEnv } from "./environment.ts";

const strict = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/**
 * Headers of every reply. A page that needs a wider policy sets its own before this looks.
 * @public
 */
export const securityHeaders = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  const { headers } = c.res;
  const add = (name: string, value: string) => headers.has(name) || headers.set(name, value);
  add("Content-Security-Policy", strict);
  add("X-Content-Type-Options", "nosniff");
  add("X-Frame-Options", "DENY");
  add("Referrer-Policy", "no-referrer");
  add("Cross-Origin-Opener-Policy", "same-origin");
  add("Cross-Origin-Resource-Policy", "same-origin");
  add("Cache-Control", "no-store");
  add("Vary", "Origin");
  if (c.get("deps").config.issuer.startsWith("https:")) {
    add("Strict-Transport-Security", "max-age=63072000; includeSubDomains");
  }
});
