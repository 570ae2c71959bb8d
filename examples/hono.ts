/**
 * A service that takes Gatehouse's access tokens, on Hono and jose. Copy this file; it reads
 *
 *   ISSUER       the URL of Gatehouse, as its own ISSUER spells it
 *   AUDIENCE     whom tokens must be for; ISSUER, as by default there, unless set
 *   REVOCATIONS  "off" goes by signatures alone: a token then works until it expires, whatever ended
 *   INTROSPECTION_CLIENT_ID, INTROSPECTION_CLIENT_SECRET  a machine client, for when the feed overflows
 *   PORT         3000 unless set
 */
import { Buffer } from "node:buffer";
import { hash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from "jose";

const {
  ISSUER = "",
  AUDIENCE,
  REVOCATIONS,
  INTROSPECTION_CLIENT_ID,
  INTROSPECTION_CLIENT_SECRET,
} = process.env;
if (!ISSUER) throw new Error("ISSUER is not set: the URL of Gatehouse, as its own ISSUER spells it");
const gatehouse = ISSUER.replace(/\/+$/, "");
// What the service signs with (JWT_ALGORITHM), never what a token says of itself (RFC 8725 §3.1).
const algorithms = ["ES256"];
const timeoutMs = 2000;
/** With the 10 s that Gatehouse hands the same feed out, an end is known here within 15 s. */
const feedMs = 5000;
/** So much earlier it is asked for, that requests need not wait for it. */
const aheadMs = 1000;
const retryMs = 1000;

// Fetched when first needed, kept for ten minutes, and asked again for an unknown kid, twice a minute at most.
const keys = createRemoteJWKSet(new URL(`${gatehouse}/.well-known/jwks.json`), {
  timeoutDuration: timeoutMs,
});

/** Why a request gets no further: RFC 6750 §3.1, or 503 when that cannot be told. */
class Refusal extends Error {
  readonly status: 401 | 403 | 503;
  readonly headers: Record<string, string>;

  constructor(status: 401 | 403 | 503, headers: Record<string, string>, cause?: unknown) {
    super(`refused with ${status}`, { cause });
    this.status = status;
    this.headers = headers;
  }
}

const challenge = (status: 401 | 403, parameters: string, cause?: unknown) =>
  new Refusal(status, { "WWW-Authenticate": `Bearer ${parameters}` }, cause);
const unavailable = (cause?: unknown) => new Refusal(503, { "Retry-After": "2" }, cause);

/**
 * The claims of the access token in an Authorization header (RFC 6750 §2.1), which must have `scope` if one is given.
 * @throws Refusal
 */
async function authorize(authorization: string | null | undefined, scope?: string): Promise<JWTPayload> {
  const [, token] = /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization ?? "") ?? [];
  if (!token) throw challenge(401, 'realm="orders"');
  // A refresh token or an ID token is no access token: typ tells them apart (RFC 9068 §4).
  const { payload } = await jwtVerify(token, keys, {
    algorithms,
    typ: "at+jwt",
    issuer: ISSUER,
    audience: AUDIENCE || ISSUER,
    requiredClaims: ["exp", "iat", "sub", "client_id", "sid", "jti"],
  }).catch((error: unknown) => {
    throw isOfToken(error) ? challenge(401, 'error="invalid_token"', error) : unavailable(error);
  });
  if (REVOCATIONS !== "off" && (await hasEnded(payload, token)))
    throw challenge(401, 'error="invalid_token"');
  if (
    scope &&
    !String(payload.scope ?? "")
      .split(" ")
      .includes(scope)
  ) {
    throw challenge(403, `error="insufficient_scope", scope="${scope}"`);
  }
  return payload;
}

/** Whether a token is to blame, and not that the keys cannot be had. */
function isOfToken(error: unknown): boolean {
  const ofKeys = ["ERR_JOSE_GENERIC", "ERR_JWKS_TIMEOUT", "ERR_JWKS_INVALID"];
  return error instanceof errors.JOSEError && !ofKeys.includes(error.code);
}

type Feed = { text: string; entries: DataView; overflow: boolean; issuedAt: number; expiresAt: number };

let feed: Feed | undefined;
let fetching: Promise<void> | undefined;
let nextFetchAt = 0;

/**
 * Whether what a token hangs on (`sid`) or the token itself (`jti`) ended before its time. The feed is at most 5 s old
 * while Gatehouse answers; then the last copy serves, but never past its `exp`.
 */
async function hasEnded({ sid, jti, gty, act }: JWTPayload, token: string): Promise<boolean> {
  const now = performance.now();
  if (now >= nextFetchAt - aheadMs) {
    fetching ??= fetchFeed();
    // On Workers what another request began may never end.
    const fetched = Promise.race([fetching, delay(timeoutMs)]).then(() => {
      fetching = undefined;
    });
    if (now >= nextFetchAt || !isGood(feed)) await fetched;
  }
  if (!isGood(feed)) throw unavailable();
  const { entries, overflow } = feed;
  // A token of somebody who signed in ends with its session; those of programs and of who acts as a user also one by one.
  const isEnded =
    isListed(entries, String(sid)) || ((gty ?? act) !== undefined && isListed(entries, String(jti)));
  if (isEnded) return true;
  return overflow && !(await isActive(token));
}

function isGood(copy: Feed | undefined): copy is Feed {
  return copy !== undefined && copy.expiresAt > Date.now() / 1000;
}

async function fetchFeed(): Promise<void> {
  const startedAt = performance.now();
  try {
    const reply = await fetch(`${gatehouse}/.well-known/revocations`, {
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!reply.ok) throw new Error(`the feed answered ${reply.status}`);
    const text = await reply.text();
    // Half of the time it is the very one that is at hand.
    if (text !== feed?.text) {
      const next = await readFeed(text);
      // Another process of Gatehouse may hand out an older one: what is refused stays refused.
      if (!feed || next.issuedAt >= feed.issuedAt) feed = next;
    }
    nextFetchAt = startedAt + feedMs;
  } catch (error) {
    console.warn("The revocation feed cannot be had:", error);
    nextFetchAt = performance.now() + aheadMs + retryMs;
  }
}

async function readFeed(text: string): Promise<Feed> {
  const { payload } = await jwtVerify<{ entries: string; overflow: boolean }>(text, keys, {
    algorithms,
    typ: "revocations+jwt",
    issuer: ISSUER,
    requiredClaims: ["exp", "iat", "entries", "overflow"],
  });
  const { buffer, byteOffset, byteLength } = Buffer.from(payload.entries, "base64url");
  const { overflow, iat: issuedAt = 0, exp: expiresAt = 0 } = payload;
  return { text, entries: new DataView(buffer, byteOffset, byteLength), overflow, issuedAt, expiresAt };
}

/** Looks for the first eight bytes of SHA-256 of an id among the sorted entries, as two numbers: cheaper than one. */
function isListed(entries: DataView, id: string): boolean {
  const digest = hash("sha256", id);
  const head = Number.parseInt(digest.slice(0, 8), 16);
  const tail = Number.parseInt(digest.slice(8, 16), 16);
  let [low, high] = [0, entries.byteLength / 8];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const difference = entries.getUint32(middle * 8) - head || entries.getUint32(middle * 8 + 4) - tail;
    if (difference === 0) return true;
    if (difference < 0) low = middle + 1;
    else high = middle;
  }
  return false;
}

/** Asks Gatehouse itself (RFC 7662), for when more has ended than the feed can list. */
async function isActive(token: string): Promise<boolean> {
  if (!INTROSPECTION_CLIENT_ID || !INTROSPECTION_CLIENT_SECRET) throw unavailable();
  // RFC 6749 §2.3.1: form-encoded, then joined.
  const basic = btoa(
    [INTROSPECTION_CLIENT_ID, INTROSPECTION_CLIENT_SECRET].map(encodeURIComponent).join(":"),
  );
  try {
    const reply = await fetch(`${gatehouse}/oauth/introspect`, {
      method: "POST",
      headers: { Authorization: `Basic ${basic}` },
      body: new URLSearchParams({ token }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!reply.ok) throw new Error(`introspection answered ${reply.status}`);
    return ((await reply.json()) as { active?: unknown }).active === true;
  } catch (error) {
    throw unavailable(error);
  }
}

const guard = (scope?: string) =>
  createMiddleware<{ Variables: { claims: JWTPayload } }>(async (c, next) => {
    c.set("claims", await authorize(c.req.header("Authorization"), scope));
    await next();
  });

export const app = new Hono()
  .get("/orders", guard(), (c) => c.json({ sub: c.var.claims.sub, scope: c.var.claims.scope }))
  .get("/orders/admin", guard("users:read"), (c) =>
    c.json({ sub: c.var.claims.sub, scope: c.var.claims.scope }),
  )
  .onError((error, c) => {
    if (error instanceof Refusal) return c.body(null, error.status, error.headers);
    console.error(error);
    return c.body(null, 500);
  });

// Node. On Deno `Deno.serve(app.fetch)`, on Workers, with nodejs_compat, `export default app`.
if (import.meta.main)
  serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000), hostname: "127.0.0.1" });
