import { expect, it } from "vitest";
import { createClient } from "../support/client.ts";
import { createVisitor } from "../support/visitor.ts";
import type { Target } from "./suite.ts";

/** What pages must do on every runtime. `statements` counts those that reached the database, where that can be told. */
export function describePages(target: () => Target & { statements?: () => number }): void {
  /** By the one host that cookies and passkeys are of. */
  const onIssuersHost = () => {
    const { origin, issuer } = target();
    const url = new URL(origin);
    url.hostname = new URL(issuer).hostname;
    return createClient((request) => fetch(request), url.origin);
  };

  it("leads from another name of this machine to the issuer's", async () => {
    const { origin, issuer } = target();
    const url = new URL("/login?return_to=/account", origin);
    url.hostname = new URL(issuer).hostname === "localhost" ? "127.0.0.1" : "localhost";
    const reply = await fetch(url, { redirect: "manual" });
    expect(reply.status).toBe(302);
    const to = new URL(reply.headers.get("location") ?? "");
    expect([to.hostname, to.port, to.pathname]).toEqual([new URL(issuer).hostname, url.port, "/login"]);
  });

  it("shows the sign-in page in less than 20 KiB, and asks the database nothing for it", async () => {
    const { statements } = target();
    const client = onIssuersHost();
    const before = statements?.();
    const { status, text, headers } = await createVisitor(client).get("/login");
    expect(status).toBe(200);
    expect(statements?.()).toBe(before);
    expect(new TextEncoder().encode(text).length).toBeLessThan(20 * 1024);
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    for (const [, asset] of text.matchAll(/ (?:src|href)="(\/assets\/[^"]+)"/g)) {
      const found = await client.call("GET", asset ?? "");
      expect([asset, found.status, found.headers.get("x-content-type-options")]).toEqual([
        asset,
        200,
        "nosniff",
      ]);
      expect(found.headers.get("content-security-policy")).toMatch(
        /^default-src 'none'; frame-ancestors 'none'/,
      );
      expect(found.headers.get("content-type")).toMatch(/; charset=utf-8$/);
    }
  });

  it("signs in by a form, shows the account, and signs out", async () => {
    const client = onIssuersHost();
    const { email, password } = await client.signUp();
    const visitor = createVisitor(client);
    expect((await visitor.logIn(email, password)).location).toBe("/account");
    expect((await visitor.get("/account")).text).toContain(email);
    const saved = await visitor.post("/account", {
      ...(await visitor.hidden("/account")),
      name: "Ada Lovelace",
    });
    expect([saved.status, saved.location]).toEqual([303, "/account?done=saved"]);
    expect((await visitor.get("/account")).text).toContain('value="Ada Lovelace"');
    const kept = new Map(visitor.cookies);
    expect((await visitor.post("/logout")).status).toBe(303);
    for (const [name, value] of kept) visitor.cookies.set(name, value);
    expect((await visitor.get("/account")).status).toBe(303);
  });

  it("refuses a form that comes from elsewhere", async () => {
    const client = onIssuersHost();
    const { email, password } = await client.signUp();
    const reply = await createVisitor(client).post(
      "/login",
      { email, password },
      { "sec-fetch-site": "cross-site" },
    );
    expect([reply.status, reply.headers.getSetCookie()]).toEqual([403, []]);
  });
}
