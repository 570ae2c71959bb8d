import { createHash, createHmac, randomUUID, scrypt } from "node:crypto";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { serve } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { importJWK, type JWK, jwtVerify, SignJWT } from "jose";
import { Pool } from "pg";
import type { Floor } from "../load/floor.ts";

/**
 * What the operations cost at least: a bare Hono app that does by hand, unchecked and without a second thought, the same
 * cryptography and sends the very same statements. It is no service.
 */
const floor = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as Floor;
const pool = new Pool({ connectionString: floor.databaseUrl, max: 10 });
const { alg, kid } = floor.access;
const signKey = await importJWK(floor.access.jwk, alg);
const { d: _, ...publicJwk } = floor.access.jwk;
const verifyKey = await importJWK(publicJwk as JWK, alg);
const refreshSecret = new TextEncoder().encode(floor.refresh.secret);
const hmac = { name: "HMAC", hash: "SHA-256" };
const refreshKey = await crypto.subtle.importKey("raw", refreshSecret, hmac, false, ["sign", "verify"]);
const derive = promisify<string, Buffer, number, object, Buffer>(scrypt);
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-/;

/** Sends a captured statement with other values in the place of marks; what else was an id is a new one. */
async function send(name: keyof Floor["statements"], index: number, values: Record<string, unknown>) {
  const { text, params } = floor.statements[name][index] ?? { text: "", params: [] };
  const fresh: Record<string, string> = {};
  const bound = params.map((param) => {
    if (typeof param !== "string")
      return name === "refresh" && param === floor.marks.generation ? values[param] : param;
    if (param in values) return values[param];
    if (param.startsWith("[")) {
      return JSON.stringify(JSON.parse(param).map((each: string) => values[each] ?? each));
    }
    if (!uuid.test(param)) return param;
    fresh[param] ??= randomUUID();
    return fresh[param];
  });
  // As our driver does: what has to be planned for its values is not prepared.
  const prepared = text.includes("planned_for_values") ? {} : { name: `${name}${index}` };
  const { rows } = await pool.query({ ...prepared, text, values: bound });
  return rows[0].result;
}

async function claimsOf(c: Context) {
  const token = (c.req.header("authorization") ?? "").slice(7);
  const { payload } = await jwtVerify(token, verifyKey, {
    algorithms: [alg],
    typ: "at+jwt",
    issuer: floor.issuer,
    audience: floor.audience,
  });
  return payload;
}

const access = (claims: object, subject: string) =>
  new SignJWT({ ...claims })
    .setProtectedHeader({ alg, kid, typ: "at+jwt" })
    .setIssuer(floor.issuer)
    .setAudience(floor.audience)
    .setSubject(subject)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime("30m")
    .sign(signKey);

type Grant = Record<"userId" | "sessionId" | "clientId" | "acr", string> &
  Record<"generation" | "rotatedAt" | "expiresAt" | "authTime", number> & { amr: string[]; roles: string[] };

async function tokensOf(grant: Grant) {
  const { userId, sessionId: sid, clientId: client_id, authTime: auth_time, acr, amr, roles } = grant;
  const [access_token, refresh_token] = await Promise.all([
    access({ client_id, sid, auth_time, acr, amr, roles }, userId),
    new SignJWT({ sid, gen: grant.generation })
      .setProtectedHeader({ alg: "HS256", kid: floor.refresh.kid, typ: "rt+jwt" })
      .setIssuer(floor.issuer)
      .setAudience(floor.issuer)
      .setSubject(userId)
      .setIssuedAt(grant.rotatedAt)
      .setExpirationTime(grant.expiresAt)
      .sign(refreshKey),
  ]);
  return { access_token, token_type: "Bearer", expires_in: 1800, refresh_token };
}

/** Keys of throttles, of the device and the like: as many MACs as there are. */
function macs(marks: readonly string[], of: string): Record<string, string> {
  const entries = marks.map((mark, index) => [
    mark,
    createHmac("sha256", refreshSecret).update(`${index}${of}`).digest("base64url"),
  ]);
  return Object.fromEntries(entries);
}

const options = { N: 2 ** 14, r: 8, p: 5, maxmem: 2 ** 26 };

const app = new Hono()
  .get("/verify", async (c) => {
    await claimsOf(c);
    return c.json({ code: "not_allowed" }, 403);
  })
  .get("/users/me", async (c) => {
    const { sub, sid } = await claimsOf(c);
    const { value } = await send("me", 0, { [floor.marks.userId]: sub, [floor.marks.sessionId]: sid });
    return c.json({ ...value.user, session_id: sid });
  })
  .get("/admin/users", async (c) => {
    const { sub, sid } = await claimsOf(c);
    const { value } = await send("list", 0, { [floor.marks.userId]: sub, [floor.marks.sessionId]: sid });
    const data = value.users.slice(0, 20).map(({ user }: { user: object }) => user);
    const next_cursor = macs(["next"], value.users[19]?.key).next;
    return c.json({ data, next_cursor, total_estimate: value.total });
  })
  .post("/auth/refresh", async (c) => {
    const { refresh_token: token } = await c.req.json();
    const { payload } = await jwtVerify(token, refreshKey, {
      algorithms: ["HS256"],
      typ: "rt+jwt",
      issuer: floor.issuer,
      audience: floor.issuer,
    });
    const { sub, sid, gen } = payload;
    const { refreshUserId, refreshSessionId, generation } = floor.marks;
    const marked = { [refreshUserId]: sub, [refreshSessionId]: sid, [generation]: gen };
    const { grant } = await send("refresh", 0, marked);
    return c.json(await tokensOf(grant));
  })
  .post("/oauth/token", async (c) => {
    const [id = "", secret = ""] = atob((c.req.header("authorization") ?? "").slice(6)).split(":");
    createHash("sha256").update(secret).digest("base64url");
    await c.req.text();
    const client = await send("token", 0, Object.fromEntries(floor.marks.client.map((mark) => [mark, mark])));
    const scope = client.scopes.join(" ");
    const token = await access(
      { client_id: id, sid: client.credentialId, gty: "client_credentials", scope },
      id,
    );
    return c.json({ access_token: token, token_type: "Bearer", expires_in: 1800, scope });
  })
  .post("/auth/login", async (c) => {
    const { email, password } = await c.req.json();
    const keys = macs(floor.marks.loginKeys, email + c.req.header("x-forwarded-for"));
    const found = await send("login", 0, { ...keys, [floor.marks.email]: email });
    const [, , , salt = "", hash = ""] = found.passwordHash.split("$");
    const derived = await derive(password, Buffer.from(salt, "base64"), 32, options);
    if (!derived.equals(Buffer.from(hash, "base64"))) return c.json({ code: "invalid_credentials" }, 401);
    const { grant } = await send("login", 1, { ...keys, [floor.marks.loginUserId]: found.userId });
    return c.json(await tokensOf(grant));
  })
  .post("/auth/signup", async (c) => {
    const { email, password } = await c.req.json();
    const keys = macs(floor.marks.signupKeys, email);
    await send("signup", 0, { ...keys, [floor.marks.newEmail]: email });
    const salt = Buffer.from(randomUUID().replaceAll("-", ""), "hex");
    const hash = (await derive(password, salt, 32, options)).toString("base64").replace("=", "");
    const stored = `$scrypt$ln=14,r=8,p=5$${salt.toString("base64").replaceAll("=", "")}$${hash}`;
    const made = await send("signup", 1, {
      ...keys,
      [floor.marks.newEmail]: email,
      [floor.marks.passwordHash]: stored,
    });
    return c.json({ ...(await tokensOf(made.grant)), user: made.user }, 201);
  });

serve({ port: Number(process.env.PORT), hostname: "127.0.0.1", fetch: app.fetch });
