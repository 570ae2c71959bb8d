import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../src/app.ts";
import { operatorWith } from "./support/operators.ts";
import { accountPageCases } from "./support/pages/account-pages.ts";
import { adminPageCases } from "./support/pages/admin-pages.ts";
import type { PageCase } from "./support/pages/page-case.ts";
import { setupPageCases } from "./support/pages/setup-pages.ts";
import { visitorPageCases } from "./support/pages/visitor-pages.ts";
import { useService } from "./support/service.ts";
import { createVisitor } from "./support/visitor.ts";

const service = useService({ THROTTLE: "off" });

const cases = [...visitorPageCases, ...accountPageCases, ...adminPageCases, ...setupPageCases];
const named = cases.map((page) => [`${page.method} ${page.route}`, page] as const);
const forms = named.filter(([, { method }]) => method === "POST");
const secured = named.filter(([, { who }]) => who !== "visitor");
const forOperators = secured.filter(([, { who }]) => who !== "person");
const id = "0199a1b2-0000-7000-8000-000000000000";
const anyPath = (route: string) => route.replace(/:[a-z_]+/g, id);

/** Paths that are no pages: the API, OAuth, documents and the machinery of development. */
const others = /^\/(api|oauth|\.well-known|health|assets|openapi\.json|docs|redoc|version|dev)(\/|$)/;

const nonces: string[] = [];
/** Where a password is asked for, and how. */
const passwordFields: [string, string | undefined, string | undefined][] = [];

function notePasswordFields(route: string, text: string): void {
  for (const [input] of text.matchAll(/<input[^>]* name="[a-z_]*password"[^>]*>/g)) {
    const attribute = (name: string) => new RegExp(` ${name}="([^"]*)"`).exec(input)?.[1];
    passwordFields.push([route, attribute("type"), attribute("autocomplete")]);
  }
}

type Visitor = ReturnType<typeof createVisitor>;
const send = (
  visitor: Visitor,
  page: PageCase,
  request: { path?: string; form?: Record<string, string> } = {},
) =>
  page.method === "GET"
    ? visitor.get(request.path ?? anyPath(page.route))
    : visitor.post(request.path ?? anyPath(page.route), request.form ?? page.form);

async function signedIn(who: string) {
  const isOperator = who !== "person" && who !== "visitor";
  const { email, password } = isOperator
    ? await operatorWith(service, ...who.split(" "))
    : await service.signUp();
  const visitor = createVisitor(service);
  if (who !== "visitor") await visitor.logIn(email, password);
  return { visitor, email, password };
}

describe("the table of pages", () => {
  it("names every route that is none of the API", () => {
    const routes = createApp(service.deps).routes.flatMap(({ method, path }) =>
      method === "ALL" || others.test(path) ? [] : `${method} ${path}`,
    );
    const listed = new Set<string>(named.map(([name]) => name));
    expect([...new Set(routes)].filter((route) => !listed.has(route))).toEqual([]);
  });
});

describe("every page", () => {
  it.each(named)(
    "%s keeps to its statements, is kept by no cache, framed by nobody and tied to us",
    async (_, page) => {
      const given = await signedIn(page.who);
      const request = (await page.good?.({ service, ...given })) ?? {};
      const before = service.statements.length;
      const { status, headers, text } = await send(given.visitor, page, request);
      expect(status, text.slice(0, 2000)).toBe(page.status ?? (page.method === "GET" ? 200 : 303));
      expect(service.statements.length - before).toBeLessThanOrEqual(page.statements);
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("x-frame-options")).toBe("DENY");
      expect(headers.get("referrer-policy")).toMatch(/^(no-referrer|same-origin)$/);
      const policy = headers.get("content-security-policy") ?? "";
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("base-uri 'none'");
      expect(policy).not.toContain("unsafe");
      expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
      if (!headers.get("content-type")?.startsWith("text/html")) return;
      expect(headers.get("content-type")).toMatch(/^text\/html; charset=utf-8$/i);
      expect(policy).toMatch(/script-src 'self' 'nonce-[\w-]{22}';/);
      nonces.push(policy.split("'nonce-")[1]?.split("'")[0] ?? "");
      notePasswordFields(page.route, text);
      if (page.who !== "visitor") expect(text).toContain('<form method="post" action="/logout"');
      // No script stands in a page, no handler, no style of an element, and nothing of another origin is loaded.
      expect(text.match(/<script(?![^>]* src="\/assets\/)/)).toBeNull();
      expect(text.match(/ (?:on[a-z]+|style)="/)).toBeNull();
      expect(
        text.match(/<(?:script|link|img|iframe|source|form)[^>]* (?:src|href|action)="(?!\/(?!\/)|data:)/),
      ).toBeNull();
    },
  );

  it("has a nonce of its own", () => {
    expect(nonces.length).toBeGreaterThan(30);
    expect(new Set(nonces).size).toBe(nonces.length);
  });

  it("that asks for a password hides it, and lets it be pasted and filled in by a password manager", () => {
    const routes = new Set(passwordFields.map(([route]) => route));
    expect([...routes].sort()).toEqual([
      "/account/confirm",
      "/account/confirm/passkey",
      "/account/email",
      "/account/password",
      "/login",
      "/login/passkey",
      "/reset-password",
      "/setup",
      "/signup",
      "/verify-email",
    ]);
    for (const [route, type, autocomplete] of passwordFields) {
      expect([route, type, autocomplete]).toEqual([
        route,
        "password",
        expect.stringMatching(/^(current|new)-password$/),
      ]);
    }
    // No page has a handler; what runs in the browser listens to no clipboard either.
    for (const name of readdirSync("src/browser").filter((each) => each.endsWith(".ts"))) {
      expect(readFileSync(`src/browser/${name}`, "utf8")).not.toMatch(/paste|beforeinput|"copy"|"cut"/i);
    }
  });

  it.each(secured)("%s knows nobody by an Authorization header", async (_, page) => {
    const { access_token: token } = await service.signUp();
    const options = page.method === "GET" ? {} : { form: {}, headers: { "sec-fetch-site": "same-origin" } };
    const reply = await service.call(page.method, anyPath(page.route), { token, ...options });
    expect([reply.status, reply.headers.get("location")?.split("?")[0]]).toEqual([303, "/login"]);
  });

  it.each(secured)("%s sends whoever is not signed in to do so, without a statement", async (_, page) => {
    const before = service.statements.length;
    const reply = await send(createVisitor(service), page);
    expect([reply.status, reply.location?.split("?")[0]]).toEqual([303, "/login"]);
    expect(service.statements.length - before).toBe(0);
  });
});

describe("whoever asks by GET for what only takes forms", () => {
  it.each(["/magic-link/code", "/account/two-factor/confirm", "/logout", "/nowhere"])(
    "is shown a page: %s",
    async (path) => {
      const reply = await createVisitor(service).get(path, { accept: "text/html" });
      expect([reply.status, reply.headers.get("content-type")]).toEqual([
        404,
        expect.stringMatching(/^text\/html/),
      ]);
    },
  );
});

describe("every form of a page", () => {
  const foreign: Record<string, Record<string, string>> = {
    "another site": { "sec-fetch-site": "cross-site", origin: "https://evil.example" },
    "a sibling of ours": { "sec-fetch-site": "same-site", origin: "http://evil.localhost:8787" },
    nowhere: { "sec-fetch-site": "none" },
    "an older browser on another site": { origin: "https://evil.example" },
    "an older browser in a sandbox": { origin: "null" },
    "an older browser that says nothing": {},
  };

  it.each(forms)("%s is refused from anywhere but our own pages (CSRF)", async (_, page) => {
    const { visitor } = await signedIn(page.who);
    for (const [from, headers] of Object.entries(foreign)) {
      const before = service.statements.length;
      const reply = await service.call("POST", anyPath(page.route), {
        form: {},
        headers: { ...headers, cookie: [...visitor.cookies].map((pair) => pair.join("=")).join("; ") },
      });
      expect([from, reply.status, service.statements.length - before]).toEqual([from, 403, 0]);
    }
  });

  it.each(forms)("%s takes no other kind of body", async (_, page) => {
    for (const type of ["text/plain", "application/json", "multipart/form-data; boundary=x", ""]) {
      const headers = { "sec-fetch-site": "same-origin", ...(type && { "content-type": type }) };
      const body = new TextEncoder().encode("a=b");
      const reply = await service.call("POST", anyPath(page.route), { raw: body, headers });
      expect([type, reply.status]).toEqual([type, 415]);
    }
  });
});

describe.runIf(forOperators.length > 0)("every page of operators", () => {
  let visitor: Visitor;
  beforeAll(async () => {
    ({ visitor } = await signedIn("person"));
  });

  it.each(forOperators)("%s is refused to whoever lacks its permission", async (_, page) => {
    expect((await send(visitor, page)).status).toBe(403);
  });
});
