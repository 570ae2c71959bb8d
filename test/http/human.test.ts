import { beforeEach, describe, expect, it } from "vitest";
import { type HumanCheck, Unavailable } from "../../src/ports.ts";
import { freshEmail, freshIp, goodPassword, type Options } from "../support/client.ts";
import { readOperations } from "../support/openapi.ts";
import { startService, useService } from "../support/service.ts";

const asked: Parameters<HumanCheck>[] = [];
let verdict: () => boolean = () => true;
const service = useService(
  { CORS_ORIGINS: "https://app.example.com" },
  {
    isHuman: async (...question) => {
      asked.push(question);
      return verdict();
    },
  },
);
const withToken = (token: string) => ({ headers: { "X-Turnstile-Response": token } });
const password = goodPassword;
const bodies: [route: string, body: () => Options][] = [
  ["auth/signup", () => ({ json: { email: freshEmail(), password } })],
  ["auth/login", () => ({ json: { email: "ada@example.com", password } })],
];
const form = { form: { username: "ada@example.com", password } };

beforeEach(() => {
  asked.length = 0;
  verdict = () => true;
});

/** What the work costs: statements, and the hashes that would be made. */
async function costOf(work: () => Promise<unknown>) {
  const before = service.statements.length;
  const { passwords } = service.deps;
  const original = { ...passwords };
  let hashes = 0;
  passwords.hash = (...args) => {
    hashes++;
    return original.hash(...args);
  };
  await work();
  Object.assign(passwords, original);
  return { statements: service.statements.length - before, hashes };
}

describe.each(bodies)("where a person is asked for, POST %s", (route, body) => {
  it.each<[string, Options]>([
    ["without a token", {}],
    ["with an empty token", withToken("")],
    ["with a token that is too long", withToken("x".repeat(2049))],
  ])("is refused %s, and nobody is asked about it", async (_, options) => {
    const { status, body: problem } = await service.call("POST", route, { ...body(), ...options });
    expect([status, problem.code]).toEqual([403, "not_allowed"]);
    expect(asked).toEqual([]);
  });

  it("is refused with a token that was not earned, before a statement or a hash", async () => {
    verdict = () => false;
    const ip = freshIp();
    const cost = await costOf(async () => {
      const reply = await service.call("POST", route, { ...body(), ...withToken("x".repeat(2048)), ip });
      expect([reply.status, reply.body.code]).toEqual([403, "not_allowed"]);
    });
    expect(cost).toEqual({ statements: 0, hashes: 0 });
    expect(asked).toEqual([["x".repeat(2048), ip]]);
  });

  it("goes on with a token that was, at the cost it always has", async () => {
    const cost = await costOf(async () => {
      const { status } = await service.call("POST", route, { ...body(), ...withToken("earned") });
      expect(status).toBe(route === "auth/signup" ? 201 : 401);
    });
    expect(cost).toEqual({ statements: 2, hashes: 1 });
    expect(asked).toHaveLength(1);
  });

  it("is 503 with Retry-After when nobody can tell, never a pass", async () => {
    verdict = () => {
      throw new Unavailable("Turnstile does not answer");
    };
    const {
      status,
      body: problem,
      headers,
    } = await service.call("POST", route, {
      ...body(),
      ...withToken("earned"),
    });
    expect([status, problem.code]).toEqual([503, "unavailable"]);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
  });
});

describe("the form login where a person is asked for", () => {
  it("answers in RFC 6749's dialect: 400 invalid_request, 503 temporarily_unavailable", async () => {
    const refused = await service.call("POST", "auth/login", form);
    expect([refused.status, refused.body]).toEqual([
      400,
      { error: "invalid_request", error_description: expect.any(String) },
    ]);
    verdict = () => {
      throw new Unavailable("Turnstile does not answer");
    };
    const unsure = await service.call("POST", "auth/login", { ...form, ...withToken("earned") });
    expect([unsure.status, unsure.body.error]).toEqual([503, "temporarily_unavailable"]);
  });

  it("still refuses another kind of body first", async () => {
    const { status } = await service.call("POST", "auth/login", {
      raw: "x",
      headers: { "content-type": "text/plain" },
    });
    expect([status, asked.length]).toEqual([415, 0]);
  });
});

describe("the header of the proof", () => {
  it("may be sent from a browser's page", async () => {
    const { headers } = await service.call("OPTIONS", "auth/login", {
      headers: { origin: "https://app.example.com", "access-control-request-method": "POST" },
    });
    expect(headers.get("access-control-allow-headers")).toContain("X-Turnstile-Response");
  });

  it("is an optional parameter, and the refusal declared, of just the routes that want it", async () => {
    const behind = (await readOperations(service)).filter(({ operation }) =>
      JSON.stringify(operation).includes("X-Turnstile-Response"),
    );
    expect(behind.map(({ path }) => path)).toEqual([
      "/api/v1/auth/signup",
      "/api/v1/auth/login",
      "/api/v1/auth/password/forgot",
    ]);
    for (const { operation } of behind) {
      expect(
        Object.keys(operation.responses["403"]?.content?.["application/problem+json"]?.examples ?? {}),
      ).toContain("not_allowed");
    }
  });

  it("is wanted once TURNSTILE_SECRET_KEY is set, and of no use before", async () => {
    const set = await startService({ TURNSTILE_SECRET_KEY: "1x0000000000000000000000000000000AA" });
    const unset = await startService();
    const json = { email: "ada@example.com", password };
    expect((await set.call("POST", "auth/login", { json })).status).toBe(403);
    expect((await unset.call("POST", "auth/login", { json })).status).toBe(401);
    await set.close();
    await unset.close();
  });
});
