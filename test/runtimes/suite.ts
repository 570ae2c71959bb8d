import { createRemoteJWKSet, jwtVerify } from "jose";
import { expect, it } from "vitest";
import { type Account, type Client, freshEmail, freshIp, goodPassword } from "../support/client.ts";
import type { TestDatabase } from "../support/database.ts";

export type Target = {
  client: Client;
  origin: string;
  issuer: string;
  runtime: "workers" | "deno" | "node";
  database: TestDatabase;
};

type List = { data: Record<string, unknown>[]; next_cursor: string | null };

/** What every runtime must answer, asked over HTTP as any client would. */
export function describeService(target: () => Target): void {
  const call: Client["call"] = (...args) => target().client.call(...args);
  const signUp: Client["signUp"] = (...args) => target().client.signUp(...args);
  const logIn: Client["logIn"] = (...args) => target().client.logIn(...args);
  const refresh: Client["refresh"] = (...args) => target().client.refresh(...args);

  async function signUpAdmin(): Promise<Account> {
    const account = await signUp();
    await target().database.query("insert into auth.user_roles values ($1, 'admin')", [account.user.id]);
    return account;
  }

  it("is alive, ready, and says which runtime it is", async () => {
    expect((await call("GET", "/health/live")).body).toEqual({ status: "ok" });
    expect((await call("GET", "/health/ready")).status).toBe(200);
    expect((await call("GET", "/version")).body).toMatchObject({
      name: "gatehouse",
      runtime: target().runtime,
    });
  });

  it("signs up, and answers tokens with the user", async () => {
    const email = freshEmail();
    const reply = await call("POST", "auth/signup", { json: { email, password: goodPassword, name: "Ada" } });
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({
      token_type: "Bearer",
      expires_in: 1800,
      // Its end is by the database's clock, and may fall into the second before.
      refresh_expires_in: expect.toSatisfy((life: number) => life === 604_800 || life === 604_799),
      user: {
        email,
        name: "Ada",
        roles: ["user"],
        status: "active",
        email_verified: false,
        has_password: true,
      },
    });
    expect(reply.headers.get("cache-control")).toBe("no-store");
  });

  it("refuses a taken address in any spelling with 409", async () => {
    const { email } = await signUp();
    const again = await call("POST", "auth/signup", {
      json: { email: email.toUpperCase(), password: goodPassword },
    });
    expect([again.status, again.body.code]).toEqual([409, "email_taken"]);
  });

  it("logs in by JSON and by the OAuth2 password form", async () => {
    const { email } = await signUp();
    expect((await logIn(email)).status).toBe(200);
    const form = { grant_type: "password", username: email, password: goodPassword };
    const headers = { authorization: "Basic Og==" };
    expect((await call("POST", "auth/login", { form, headers })).body).toMatchObject({
      token_type: "Bearer",
    });
    const wrong = await call("POST", "auth/login", { form: { ...form, password: "Wrong-horse-7" } });
    expect([wrong.status, wrong.body.error]).toEqual([400, "invalid_grant"]);
  });

  it("answers unknown and known addresses alike", async () => {
    const { email } = await signUp();
    const replies = await Promise.all([logIn(email, "Wrong-horse-7"), logIn(freshEmail(), "Wrong-horse-7")]);
    const [known, unknown] = replies.map(({ status, headers, body }) => {
      const { request_id: _, ...document } = body as Record<string, unknown>;
      const kept = [...headers].filter(([name]) => !["x-request-id", "date"].includes(name));
      return { status, document, headers: kept };
    });
    expect(known).toEqual(unknown);
    expect(known?.status).toBe(401);
  });

  it("answers 304 to whoever has its key set already", async () => {
    const { headers } = await call("GET", "/.well-known/jwks.json");
    const etag = headers.get("etag") ?? "";
    expect(etag).toMatch(/^"[0-9a-f]{40}"$/);
    const known = { "if-none-match": etag };
    const again = await call("GET", "/.well-known/jwks.json", { headers: known });
    expect([again.status, again.text, again.headers.get("etag")]).toEqual([304, "", etag]);
  });

  it("issues access tokens others verify by the key set, and no cookie", async () => {
    const { access_token, user } = await signUp();
    const keys = createRemoteJWKSet(new URL(`${target().origin}/.well-known/jwks.json`));
    const issuer = target().issuer;
    const { payload, protectedHeader } = await jwtVerify(access_token, keys, {
      issuer,
      audience: issuer,
      typ: "at+jwt",
    });
    expect(protectedHeader).toMatchObject({ alg: "ES256", typ: "at+jwt" });
    expect(payload).toMatchObject({
      sub: user.id,
      client_id: "gatehouse",
      roles: ["user"],
      scope: "",
      amr: ["pwd"],
    });
    expect((await call("GET", "users/me", { token: access_token })).headers.get("set-cookie")).toBeNull();
  });

  it("shows and changes the profile", async () => {
    const { access_token: token, user } = await signUp();
    const me = await call("GET", "users/me", { token });
    expect(me.body).toMatchObject({ id: user.id, session_id: expect.any(String) });
    const json = { name: "Grace", locale: "en-GB", metadata: { theme: "dark" } };
    expect((await call("PATCH", "users/me", { token, json })).body).toMatchObject(json);
    const unknown = await call("PATCH", "users/me", { token, json: { roles: ["admin"] } });
    expect(unknown.body).toMatchObject({
      status: 422,
      errors: [{ pointer: "/roles", code: "unknown_field" }],
    });
  });

  it("rotates the refresh token, by JSON and by form, and forgives a lost reply", async () => {
    const { refresh_token } = await signUp();
    const first = await refresh(refresh_token);
    const repeated = await call("POST", "auth/refresh", {
      form: { grant_type: "refresh_token", refresh_token },
    });
    expect(repeated.body.refresh_token).toBe(first.body.refresh_token);
    expect((await refresh(first.body.refresh_token)).status).toBe(200);
    const replayed = await refresh(refresh_token);
    expect([replayed.status, (replayed.body as unknown as { code: string }).code]).toEqual([
      401,
      "invalid_refresh_token",
    ]);
  });

  it("lists sessions, pages through them and ends them", async () => {
    const { access_token: token, email } = await signUp();
    await logIn(email);
    await logIn(email);
    const first = await call<List>("GET", "users/me/sessions?limit=2", { token });
    expect(first.body.data).toHaveLength(2);
    const second = await call<List>("GET", `users/me/sessions?limit=2&cursor=${first.body.next_cursor}`, {
      token,
    });
    expect(second.body).toMatchObject({ data: [{ current: true }], next_cursor: null });
    const bad = await call("GET", "users/me/sessions?cursor=x.y", { token });
    expect([bad.status, bad.body.code]).toEqual([400, "invalid_cursor"]);
    const other = first.body.data[0]?.id;
    expect((await call("DELETE", `users/me/sessions/${other}`, { token })).status).toBe(204);
    expect((await call("DELETE", `users/me/sessions/${other}`, { token })).status).toBe(404);
    expect((await call("DELETE", "users/me/sessions", { token })).status).toBe(204);
    expect((await call<List>("GET", "users/me/sessions", { token })).body.data).toHaveLength(1);
  });

  it("logs out by refresh token or bearer, everywhere on demand", async () => {
    const one = await signUp();
    expect((await call("POST", "auth/logout", { json: { refresh_token: one.refresh_token } })).status).toBe(
      204,
    );
    expect((await call("GET", "users/me", { token: one.access_token })).status).toBe(401);
    const two = await logIn(one.email);
    const three = await logIn(one.email);
    expect((await call("POST", "auth/logout", { token: two.body.access_token })).status).toBe(204);
    expect((await refresh(two.body.refresh_token)).status).toBe(401);
    expect((await call("POST", "auth/logout-all", { token: three.body.access_token })).status).toBe(204);
    expect((await call("GET", "users/me", { token: three.body.access_token })).status).toBe(401);
    expect((await call("POST", "auth/logout", { json: { refresh_token: "rubbish" } })).status).toBe(204);
  });

  it("changes the password and ends every other session", async () => {
    const { access_token: token, email } = await signUp();
    const other = await logIn(email);
    const json = { current_password: goodPassword, new_password: "Another-horse-8" };
    const wrong = await call("POST", "users/me/password", {
      token,
      json: { ...json, current_password: "Nope-nope-1" },
    });
    expect([wrong.status, wrong.body.code]).toEqual([401, "invalid_credentials"]);
    expect((await call("POST", "users/me/password", { token, json })).status).toBe(204);
    expect((await call("GET", "users/me", { token })).status).toBe(200);
    expect((await call("GET", "users/me", { token: other.body.access_token })).status).toBe(401);
    expect((await logIn(email)).status).toBe(401);
    expect((await logIn(email, "Another-horse-8")).status).toBe(200);
  });

  it("lets operators list users, set roles, suspend and reinstate, and nobody else", async () => {
    const admin = await signUpAdmin();
    const user = await signUp({ name: "Listed User" });
    const token = admin.access_token;
    expect((await call("GET", "admin/users", { token: user.access_token })).body).toMatchObject({
      code: "not_allowed",
    });
    const found = await call<List & { total_estimate: number }>("GET", `admin/users?q=${user.email}`, {
      token,
    });
    expect(found.body).toMatchObject({ data: [{ id: user.user.id, external_id: null }], total_estimate: 1 });
    const path = `admin/users/${user.user.id}`;
    const roles = await call("PUT", `${path}/roles`, { token, json: { roles: ["user", "admin"] } });
    expect(roles.body.roles).toEqual(["admin", "user"]);
    const suspended = await call("POST", `${path}/suspend`, { token, json: { reason: "Chargeback" } });
    expect(suspended.body).toMatchObject({ status: "suspended", suspended_reason: "Chargeback" });
    expect((await call("GET", "users/me", { token: user.access_token })).status).toBe(401);
    expect((await logIn(user.email)).body).toMatchObject({ code: "account_suspended" });
    expect((await call("POST", `${path}/reinstate`, { token })).body.status).toBe("active");
    expect((await logIn(user.email)).status).toBe(200);
  });

  it("throttles guesses at one account from one network, and lets another network in", async () => {
    const { email } = await signUp();
    const ip = freshIp();
    for (let i = 0; i < 10; i++) expect((await logIn(email, "Wrong-horse-7", ip)).status).toBe(401);
    const refused = await logIn(email, goodPassword, ip);
    expect([refused.status, (refused.body as unknown as { code: string }).code]).toEqual([429, "throttled"]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await logIn(email)).status).toBe(200);
  });

  it("answers bad requests in problem+json", async () => {
    const cases = [
      [await call("GET", "nowhere"), 404, "not_found"],
      [await call("PUT", "auth/login"), 405, "method_not_allowed"],
      [
        await call("POST", "auth/login", { raw: "<x/>", headers: { "content-type": "text/xml" } }),
        415,
        "unsupported_media_type",
      ],
      [
        await call("POST", "auth/signup", { raw: "{", headers: { "content-type": "application/json" } }),
        400,
        "malformed_json",
      ],
      [
        await call("POST", "auth/signup", {
          raw: new Uint8Array([123, 255]),
          headers: { "content-type": "application/json" },
        }),
        400,
        "malformed_json",
      ],
      [await call("POST", "auth/signup", { json: { email: "x".repeat(70_000) } }), 413, "body_too_large"],
      [
        await call("POST", "auth/signup", { json: { email: "a@b@c", password: goodPassword } }),
        422,
        "invalid_fields",
      ],
      [await call("GET", "users/me"), 401, "missing_token"],
      [await call("GET", "users/me", { token: "a.b.c" }), 401, "invalid_token"],
    ] as const;
    for (const [reply, status, code] of cases) {
      expect([reply.status, reply.body.code]).toEqual([status, code]);
      expect(reply.headers.get("content-type")).toContain("application/problem+json");
      expect(reply.body.request_id).toBe(reply.headers.get("x-request-id"));
      if (status === 401) expect(reply.headers.get("www-authenticate")).toContain("Bearer");
    }
  });

  it("keeps a harmless request id and replaces any other", async () => {
    const kept = await call("GET", "/health/live", { headers: { "x-request-id": "trace-0123456789" } });
    expect(kept.headers.get("x-request-id")).toBe("trace-0123456789");
    const replaced = await call("GET", "/health/live", { headers: { "x-request-id": "bad id;" } });
    expect(replaced.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("serves the API document, its two readers and their assets", async () => {
    expect((await call("GET", "/openapi.json")).body).toMatchObject({ openapi: "3.1.0" });
    for (const page of ["/docs", "/redoc"]) {
      const reply = await call("GET", page);
      expect(reply.headers.get("content-security-policy")).toMatch(/script-src 'self' 'nonce-/);
      for (const [, asset] of reply.text.matchAll(/(?:src|href)="(\/[^"]+)"/g)) {
        const file = await call("GET", asset ?? "");
        expect([asset, file.status, file.headers.get("x-content-type-options")]).toEqual([
          asset,
          200,
          "nosniff",
        ]);
      }
    }
  });
}
