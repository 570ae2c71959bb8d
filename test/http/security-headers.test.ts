import { describe, expect, it } from "vitest";
import { useService } from "../support/service.ts";

const https = useService({ ISSUER: "https://localhost:8787" });
const http = useService();

const asked: [string, string, number][] = [
  ["GET", "/api/v1/users/me", 401],
  ["GET", "/api/v1/auth/password-policy", 200],
  ["POST", "/api/v1/auth/login", 415],
  ["PROPFIND", "/api/v1/users/me", 405],
  ["POST", "/oauth/token", 415],
  ["GET", "/.well-known/jwks.json", 200],
  ["GET", "/health/live", 200],
  ["GET", "/openapi.json", 200],
  ["GET", "/docs", 200],
  ["GET", "/redoc", 200],
  ["GET", "/login", 200],
  ["GET", "/account", 303],
  ["POST", "/login", 403],
  ["GET", "/nowhere", 404],
  ["GET", "/assets/nowhere.js", 404],
];

describe("whatever is answered", () => {
  it.each(asked)(
    "%s %s (%i) says that we are to be had by https alone, where we are",
    async (method, path, status) => {
      const options = method === "POST" ? { raw: "x", headers: { "content-type": "text/plain" } } : {};
      const reply = await https.call(method, path, options);
      expect(reply.status).toBe(status);
      // Longer than the year that lists of such hosts ask for.
      expect(reply.headers.get("strict-transport-security")).toBe("max-age=63072000; includeSubDomains");
      const overHttp = await http.call(method, path, options);
      expect(overHttp.headers.get("strict-transport-security")).toBeNull();
    },
  );

  it.each(asked)("%s %s (%i) is framed by nobody and no part of another's page", async (method, path) => {
    const { headers } = await https.call(method, path, { ...(method === "POST" && { raw: "x" }) });
    expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
    expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toMatch(/^(no-referrer|same-origin)$/);
    // `default-src` stands for `object-src` as well, and not for the two others.
    for (const directive of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"]) {
      expect(headers.get("content-security-policy")?.split("; ")).toContain(directive);
    }
  });

  it.each(asked)("%s %s (%i) says its type, and the charset of text and XML", async (method, path) => {
    const { headers, text } = await https.call(method, path, { ...(method === "POST" && { raw: "x" }) });
    if (text === "") return;
    expect(headers.get("content-type")).toMatch(
      /^(text\/[a-z]+; charset=utf-8|application\/(problem\+)?json|application\/jwt)$/i,
    );
  });
});
