import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { heavy } from "../support/heavy.ts";
import { readDocument } from "../support/openapi.ts";
import { useService } from "../support/service.ts";
import { createVisitor } from "../support/visitor.ts";
import { createAskers } from "./askers.ts";
import { type Contract, createContract } from "./contract.ts";
import { type Place, placesOf } from "./places.ts";
import { asCurl, send } from "./send.ts";

const service = useService({ THROTTLE: "off" });
const naughty: string[] = JSON.parse(readFileSync("test/vectors/blns.json", "utf8"));

let places: Place[];
let faultOf: Contract;

beforeAll(async () => {
  const document = await readDocument(service);
  places = placesOf(document);
  faultOf = createContract(document);
});

const headerNames = [
  "user-agent",
  "x-request-id",
  "accept",
  "accept-language",
  "if-none-match",
  "origin",
  "referer",
  "forwarded",
  "x-forwarded-for",
  "authorization",
  "content-type",
];

/** In the long run each text goes to each place; else to one, by turns. */
const isDue = (text: number, place: number, count: number) => heavy || text % count === place;

/** Whether `fetch` takes it for a header. */
function isHeader(text: string): boolean {
  try {
    return new Headers({ cookie: text }).get("cookie") !== "";
  } catch {
    return false;
  }
}

describe(`${naughty.length} naughty strings`, () => {
  it(
    "are answered by what is documented, in every field and parameter of every route",
    async () => {
      expect(places.length).toBeGreaterThan(150);
      const askers = createAskers(service);
      for (const [at, place] of places.entries()) {
        for (const text of naughty.filter((_, n) => isDue(n, at, places.length))) {
          const request = place.request(text);
          const token = await askers.tokenOf(request.who);
          const reply = await send(service, request, token);
          askers.note(request.who, (reply.body as { code?: unknown }).code);
          const fault = faultOf(`${request.method} ${request.template}`, reply);
          if (fault) expect.fail(`${place.name}: ${fault}\n${asCurl(request, token)}`);
        }
      }
    },
    heavy ? 3_600_000 : 60_000,
  );

  it("as a name come back as they were given, but for the space around them", async () => {
    const { access_token: token } = await service.signUp();
    let kept = 0;
    for (const name of naughty) {
      const { status, body } = await service.call("PATCH", "users/me", { token, json: { name } });
      expect([name, [200, 422].includes(status)]).toEqual([name, true]);
      if (status !== 200) continue;
      kept++;
      expect([name, body.name]).toEqual([name, name.trim()]);
      if (!heavy) continue;
      const { body: read } = await service.call("GET", "users/me", { token });
      expect([name, read.name]).toEqual([name, name.trim()]);
    }
    expect(kept).toBeGreaterThan(naughty.length / 2);
  });

  it.each(headerNames)("as %s break no route and no page", async (header) => {
    const { access_token: token } = await service.signUp();
    const routes = [
      "/api/v1/users/me",
      "/api/v1/auth/password-policy",
      "/.well-known/jwks.json",
      "/login",
      "/account",
    ];
    const at = headerNames.indexOf(header);
    for (const text of naughty.filter((each, n) => isDue(n, at, headerNames.length) && isHeader(each))) {
      for (const route of routes) {
        const headers = { authorization: `Bearer ${token}`, [header]: text };
        const { status, headers: answered } = await service.call("GET", route, { headers });
        const id = answered.get("x-request-id") ?? "";
        expect([route, text, status < 500, /^[\w-]{8,64}$/.test(id)]).toEqual([route, text, true, true]);
      }
    }
  });

  it(
    "as cookies break no page",
    async () => {
      const { email, password } = await service.signUp();
      const visitor = createVisitor(service);
      await visitor.logIn(email, password);
      const names = ["session", "proof", "flow", "mfa", "device", "language", "impersonation"].map(
        (each) => `__Host-${each}`,
      );
      const pages = ["/login", "/account", "/account/security", "/mfa", "/verify-email", "/magic-link"];
      for (const [n, text] of naughty.entries()) {
        for (const [at, name] of names.entries()) {
          if (!isDue(n, at, names.length)) continue;
          for (const value of [encodeURIComponent(text), text].filter(isHeader)) {
            const others = [...visitor.cookies]
              .filter(([each]) => each !== name)
              .map((pair) => pair.join("="));
            const cookie = [`${name}=${value}`, ...others].join("; ");
            const page = pages[n % pages.length] ?? "";
            const { status } = await service.call("GET", page, { headers: { cookie } });
            expect([page, cookie, status < 500]).toEqual([page, cookie, true]);
          }
        }
      }
    },
    heavy ? 300_000 : 30_000,
  );
});
