import { describe, expect, it } from "vitest";
import { clientAddress } from "../../src/http/caller.ts";
import { parseCidr } from "../../src/lib/network.ts";
import { useService } from "../support/service.ts";

const service = useService({ CORS_ORIGINS: "https://app.example.com, http://localhost:3000" });

describe("CORS", () => {
  const ask = (origin: string, method = "GET", path = "users/me") =>
    service.call(method, path, { headers: { origin, "access-control-request-method": "GET" } });

  it("allows the listed origins, without credentials", async () => {
    for (const method of ["GET", "OPTIONS"]) {
      const { headers } = await ask("https://app.example.com", method);
      expect(headers.get("access-control-allow-origin")).toBe("https://app.example.com");
      expect(headers.get("access-control-allow-credentials")).toBeNull();
      expect(headers.get("vary")).toContain("Origin");
    }
    const { headers } = await ask("http://localhost:3000");
    expect(headers.get("access-control-expose-headers")?.split(",")).toEqual([
      "Retry-After",
      "WWW-Authenticate",
      "X-Request-Id",
      "ETag",
    ]);
  });

  it.each([
    "null",
    "https://evil.example",
    "https://app.example.com.evil.example",
    "http://app.example.com",
    "https://APP.example.com",
    "",
  ])("does not allow %j", async (origin) => {
    for (const method of ["GET", "OPTIONS"]) {
      const { headers } = await ask(origin, method);
      expect(headers.get("access-control-allow-origin")).toBeNull();
      expect(headers.get("vary")).toContain("Origin");
    }
  });

  it("lets anyone read the public documents", async () => {
    for (const path of ["/openapi.json", "/.well-known/jwks.json"]) {
      expect(
        (await ask("https://evil.example", "GET", path)).headers.get("access-control-allow-origin"),
      ).toBe("*");
    }
  });
});

describe("a sign-up address", () => {
  it.each(["", "a", "x".repeat(300), "a\u0000b@example.com", "\ud800@example.com"])(
    "that cannot be is invalid_email: %j",
    async (email) => {
      const { body } = await service.call("POST", "auth/signup", {
        json: { email, password: "Correct-horse-7" },
      });
      expect(body.errors).toMatchObject([{ pointer: "/email", code: "invalid_email" }]);
    },
  );
});

describe("logout", () => {
  it.each([{ refresh_token: "" }, { refresh_token: "x".repeat(5000) }])(
    "takes any unusable token: %#",
    async (json) => {
      expect((await service.call("POST", "auth/logout", { json })).status).toBe(204);
    },
  );

  it("falls back to the bearer when the refresh token names no session, and needs one of the two", async () => {
    const { access_token: token } = await service.signUp();
    expect((await service.call("POST", "auth/logout", { json: { refresh_token: "x" }, token })).status).toBe(
      204,
    );
    expect((await service.call("GET", "users/me", { token })).status).toBe(401);
    expect((await service.call("POST", "auth/logout", { json: {} })).body.code).toBe("missing_token");
  });
});

describe("a body", () => {
  const headers = { "content-type": "application/json" };

  function chunked(chunks: number, chunk: Uint8Array): ReadableStream<Uint8Array> {
    let sent = 0;
    return new ReadableStream({
      pull: (controller) => (sent++ < chunks ? controller.enqueue(chunk) : controller.close()),
    });
  }

  async function send(body: BodyInit, extra: Record<string, string> = {}) {
    const { createApp } = await import("../../src/app.ts");
    const init = { method: "POST", body, headers: { ...headers, ...extra }, duplex: "half" } as RequestInit;
    return createApp(service.deps).fetch(new Request("http://localhost:8787/api/v1/auth/signup", init), {
      remoteAddress: "10.9.9.9",
    });
  }

  it("over 64 KiB is refused also when chunked, before it is read to its end", async () => {
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled++;
        controller.enqueue(new Uint8Array(16_384).fill(32));
      },
    });
    expect((await send(endless)).status).toBe(413);
    expect(pulled).toBeLessThan(10);
  });

  it("of exactly 64 KiB is read", async () => {
    expect((await send(chunked(4, new Uint8Array(16_384).fill(32)))).status).toBe(400);
  });

  it("with a lying Content-Length is measured all the same", async () => {
    const { status } = await send(chunked(10, new Uint8Array(16_384).fill(32)), { "content-length": "10" });
    expect(status).toBe(413);
  });

  it.each([
    ["auth/logout", 204],
    ["auth/login", 422],
  ])("of no bytes is none, though it is said to be JSON: %s", async (path, status) => {
    const { access_token: token } = await service.signUp();
    for (const raw of ["", undefined]) {
      const reply = await service.call("POST", path, { ...(raw !== undefined && { raw }), headers, token });
      expect(reply.status).toBe(status);
    }
  });

  it("with duplicate keys: the last wins", async () => {
    const raw = '{"email":"a@example.com","email":"b","password":"Correct-horse-7"}';
    const { body } = await service.call("POST", "auth/signup", { raw, headers });
    expect(body.errors).toMatchObject([{ pointer: "/email", code: "invalid_email" }]);
  });

  it("that nests deeper than any of ours is 400 before validation", async () => {
    const { access_token: token } = await service.signUp();
    const raw = `{"metadata":${'{"a":'.repeat(40)}1${"}".repeat(40)}}`;
    expect((await service.call("PATCH", "users/me", { raw, headers, token })).status).toBe(400);
  });

  it("with __proto__ in it changes nothing for the next request", async () => {
    const raw =
      '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"x":1}},"email":"p@example.com","password":"Correct-horse-7"}';
    expect((await service.call("POST", "auth/signup", { raw, headers })).status).toBe(201);
    expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
  });
});

describe("text that PostgreSQL cannot hold", () => {
  it("is refused, and never a defect", async () => {
    const { access_token: token } = await service.signUp();
    const bad = ["a\u0000b", "\ud800"];
    for (const text of bad) {
      const replies = [
        await service.call("POST", "auth/login", { json: { email: text, password: "x" } }),
        await service.call("POST", "auth/signup", { json: { email: text, password: "Correct-horse-7" } }),
        await service.call("PATCH", "users/me", { token, json: { name: text } }),
        await service.call("PATCH", "users/me", { token, json: { metadata: { [text]: 1 } } }),
        await service.call("PATCH", "users/me", { token, json: { metadata: { a: { b: [text] } } } }),
        await service.call("PATCH", "users/me", { token, json: { locale: text } }),
        await service.call("PATCH", "users/me", { token, json: { avatar_url: `https://x.example/${text}` } }),
      ];
      for (const { status } of replies.slice(0, 6)) expect(status).toBe(422);
      for (const { status } of replies) expect(status).toBeLessThan(500);
    }
    const escaped = { metadata: { note: "\\u0000 and \\ud800 as text" } };
    expect((await service.call("PATCH", "users/me", { token, json: escaped })).body).toMatchObject(escaped);
  });
});

describe("the client's address", () => {
  const trusted = [parseCidr("10.0.0.0/8")].filter((range) => range !== undefined);
  const from = (remoteAddress: string | undefined, forwardedFor?: string) =>
    clientAddress({ remoteAddress }, forwardedFor, trusted)?.ip;

  it("is the peer's, unless the peer is a trusted proxy", () => {
    expect(from("203.0.113.1", "198.51.100.1")).toBe("203.0.113.1");
    expect(from("10.0.0.1", "198.51.100.1")).toBe("198.51.100.1");
  });

  it("is the right-most hop that no proxy of ours is: the rest is the client's own words", () => {
    expect(from("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.2")).toBe("198.51.100.1");
  });

  it("is read without the port that some proxies write", () => {
    expect(from("10.0.0.1", "198.51.100.1:4711")).toBe("198.51.100.1");
    expect(from("10.0.0.1", "[2001:db8::1]:4711")).toBe("2001:db8::1");
  });

  it("falls back to the proxy when the hop is rubbish, and to nothing when there is no peer", () => {
    expect(from("10.0.0.1", "rubbish")).toBe("10.0.0.1");
    expect(from("10.0.0.1")).toBe("10.0.0.1");
    expect(from(undefined, "1.1.1.1")).toBeUndefined();
  });

  it("that is not known is answered 503, not one throttle for all", async () => {
    const reply = await service.call("POST", "auth/login", {
      json: { email: "a@example.com", password: "x" },
      ip: "",
    });
    expect([reply.status, reply.body.code]).toEqual([503, "unavailable"]);
  });
});

describe("logs", () => {
  it("hold no password, token, address or query", async () => {
    const { access_token, refresh_token, email, password } = await service.signUp();
    await service.logIn(email, "Wrong-horse-7");
    await service.refresh(refresh_token);
    await service.call("GET", `users/me/sessions?cursor=${access_token}`, { token: access_token });
    service.onStatement.current = () => Promise.reject(new Error("planted"));
    expect((await service.logIn(email)).status).toBe(503);
    service.onStatement.current = undefined;
    const text = JSON.stringify(service.logs);
    expect(service.logs.length).toBeGreaterThan(4);
    for (const secret of [access_token, refresh_token, email, password, "Wrong-horse-7", "cursor="]) {
      expect(text).not.toContain(secret);
    }
  });
});
