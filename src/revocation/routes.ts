import { createRoute, z } from "@hono/zod-openapi";
import { refusals } from "../http/responses.ts";
import { createRouter } from "../http/router.ts";
import type { Deps } from "../ports.ts";
import { Problem } from "../problems.ts";
import { freshFeedSeconds, publishFeed } from "./publish-feed.ts";

const feed = createRoute({
  method: "get",
  path: "/.well-known/revocations",
  operationId: "getRevocations",
  tags: ["Tokens"],
  summary: "What tokens must not be taken any more, signed",
  description:
    "A JWS (`typ: revocations+jwt`) with `iss`, `iat`, `exp`, `window`, `count`, `overflow` and `entries`: base64url of the first " +
    "eight bytes each of SHA-256 of the ids that ended within `window` seconds, sorted. A token whose `sid` or `jti` is " +
    "among them is refused. With `overflow` there are more than these, and what is not among them is to be introspected. " +
    "There is none under HS256, HS384 and HS512.",
  responses: {
    200: {
      description: "The feed",
      headers: {
        Age: { schema: { type: "integer" }, description: "Seconds since the feed was made (RFC 9111 §5.1)" },
      },
      content: { "application/jwt": { schema: z.string() } },
    },
    ...refusals("not_found"),
  },
});

/**
 * The revocation feed.
 * @public
 */
export function revocationRoutes(deps: Deps) {
  const readFeed = publishFeed(deps);
  return createRouter().openapi(feed, async (c) => {
    // Whoever can verify by a shared secret could sign with it too: there is nobody to publish to.
    if ("secret" in deps.config.accessToken.signing) throw new Problem("not_found");
    const { jws, ageSeconds } = await readFeed();
    c.header("Cache-Control", `public, max-age=${freshFeedSeconds}`);
    // Caches on the way must not add their ten seconds to ours.
    c.header("Age", String(ageSeconds));
    return c.body(jws, 200, { "Content-Type": "application/jwt" });
  });
}
