import { createMiddleware } from "hono/factory";
import { type Cidr, type ClientAddress, isWithin, parseClientAddress } from "../lib/network.ts";
import { Unavailable } from "../ports.ts";
import type { AppEnv, Edge } from "./environment.ts";

const longestUserAgent = 512;

/**
 * Says who is calling, by the network and not by what the client claims.
 * @public
 */
export const caller = createMiddleware<AppEnv>(async (c, next) => {
  // Cloudflare names the client itself; nothing a client can write stands before it.
  const { runtime, config } = c.get("deps");
  const trustedProxies = runtime === "workers" ? [] : config.trustedProxies;
  const address = clientAddress(c.env, c.req.header("x-forwarded-for"), trustedProxies);
  // Without an address every client would share one throttle, or none: refuse instead.
  if (!address) throw new Unavailable("the client's address is not known");
  c.set("caller", {
    ...address,
    userAgent: c.req.header("user-agent")?.slice(0, longestUserAgent) ?? null,
    place: c.env.place ?? null,
    requestId: c.get("requestId"),
  });
  await next();
});

/**
 * The peer, unless it is a trusted proxy: then the right-most X-Forwarded-For entry that is not.
 * Entries further left are the client's own words.
 */
export function clientAddress(
  edge: Edge,
  forwardedFor: string | undefined,
  trusted: readonly Cidr[],
): ClientAddress | undefined {
  const peer = edge.remoteAddress ?? "";
  if (!isWithin(peer, trusted)) return parseClientAddress(peer);
  const hops = (forwardedFor ?? "").split(",").map((hop) => withoutPort(hop.trim()));
  const client = hops.reverse().find((hop) => !isWithin(hop, trusted));
  return parseClientAddress(client ?? peer) ?? parseClientAddress(peer);
}

/** Some proxies write `203.0.113.7:4711` and `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
  return hop.replace(/^\[(.+)\](?::\d+)?$/, "$1").replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1");
}
