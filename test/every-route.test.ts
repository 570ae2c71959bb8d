import { beforeAll, describe, expect, it } from "vitest";
import type { Account } from "./support/client.ts";
import { type Operation, operatorRequest, readOperations } from "./support/openapi.ts";
import { useService } from "./support/service.ts";
import { createVisitor } from "./support/visitor.ts";

const service = useService();

let operations: Operation[];
let account: Account;

const send = ({ method, path }: Operation, options: Parameters<typeof service.call>[2] = {}) =>
  service.call(method.toUpperCase(), path.replace(/\{[^}]+\}/g, crypto.randomUUID()), options);

beforeAll(async () => {
  operations = await readOperations(service);
  account = await service.signUp();
});

describe("every route of the OpenAPI document", () => {
  it("that is secured answers 401 without a token, with a challenge", async () => {
    const secured = operations.filter(({ operation }) => operation["x-permission"]);
    expect(secured.length).toBeGreaterThan(10);
    for (const each of secured) {
      const { status, body, headers } = await send(each);
      expect([each.path, status, body.code]).toEqual([each.path, 401, "missing_token"]);
      expect(headers.get("www-authenticate")).toMatch(/^Bearer realm="gatehouse"/);
    }
  });

  it("knows nobody by the cookie of a page", async () => {
    const { email, password } = await service.signUp();
    const visitor = createVisitor(service);
    await visitor.logIn(email, password);
    for (const each of operations.filter(({ operation }) => operation["x-permission"])) {
      const { status } = await send(each, { headers: visitor.jar() });
      expect([each.path, status]).toEqual([each.path, 401]);
    }
  });

  it("for operators is refused to a user without the permission, and declares one", async () => {
    for (const each of operations.filter(({ path }) => path.startsWith("/api/v1/admin"))) {
      expect(each.operation["x-permission"]).toMatch(/^[a-z]+:[a-z]+$/);
      const [method, url, options] = operatorRequest(each);
      const { status, body } = await service.call(method, url, { token: account.access_token, ...options });
      expect([each.path, status, body.code]).toEqual([each.path, 403, "not_allowed"]);
    }
  });

  it("that takes a body answers junk with a declared problem", async () => {
    const junk = ["", "{", "[]", "null", '"text"', '{"a":1}', "[".repeat(60_000), "\u0000", '{"email":{}}'];
    for (const each of operations.filter(({ operation }) => operation.requestBody)) {
      for (const raw of junk) {
        const headers = { "content-type": "application/json" };
        const {
          status,
          text,
          headers: answered,
        } = await send(each, { raw, headers, token: account.access_token });
        const declared = Object.keys(each.operation.responses);
        expect([each.path, raw.slice(0, 12), declared.includes(String(status)), status < 500]).toEqual([
          each.path,
          raw.slice(0, 12),
          true,
          true,
        ]);
        // The routes of OAuth have a dialect of their own (RFC 6749 §5.2).
        const type = each.path.startsWith("/oauth/") ? "application/json" : "application/problem+json";
        if (status >= 400) expect([each.path, answered.get("content-type")]).toEqual([each.path, type]);
        expect(text).not.toContain("SELECT");
      }
    }
  });

  it("below /api/v1 is never stored by a cache and carries the security headers", async () => {
    for (const each of operations.filter(({ path }) => path.startsWith("/api/v1"))) {
      const { headers } = await send(each);
      expect([each.path, headers.get("cache-control")]).toEqual([each.path, "no-store"]);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(headers.get("vary")).toContain("Origin");
      expect(headers.get("x-request-id")).toBeTruthy();
    }
  });

  it("answers another method with 405 and Allow", async () => {
    for (const { path } of operations) {
      const { status, headers } = await service.call("PROPFIND", path.replace(/\{[^}]+\}/g, "x"));
      expect([path, status]).toEqual([path, 405]);
      expect(headers.get("allow")).toMatch(/^[A-Z, ]+$/);
    }
  });
});
