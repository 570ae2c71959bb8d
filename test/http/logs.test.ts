import { beforeAll, describe, expect, it } from "vitest";
import type { Account } from "../support/client.ts";
import { basic, clientToken, createKey, registerClient } from "../support/machines.ts";
import { makeAdmin } from "../support/operators.ts";
import { useService } from "../support/service.ts";
import { createVisitor } from "../support/visitor.ts";

const service = useService();
const broken = useService(
  {},
  {
    passwords: {
      hash: () => Promise.reject(new TypeError("canary of what it was about")),
      verify: () => Promise.reject(new TypeError("canary of what it was about")),
      isCurrent: () => true,
      refuseWhenFull: () => undefined,
    },
  },
);

let admin: Account;
let user: Account;

beforeAll(async () => {
  admin = await makeAdmin(service);
  user = await service.signUp();
});

/** The line of the request that `send` makes, with what it holds and no more. */
async function lineOf(send: () => Promise<unknown>) {
  const before = service.logs.length;
  await send();
  const [line, ...others] = service.logs.slice(before).filter(({ event }) => event === "http.request");
  expect(others).toEqual([]);
  const { request_id: id, ms, ...fields } = line?.fields ?? {};
  expect([typeof id, typeof ms]).toEqual(["string", "number"]);
  return JSON.parse(JSON.stringify(fields));
}

describe("the line of a request", () => {
  it("says who was refused a route, and why", async () => {
    const asUser = { token: user.access_token };
    expect(await lineOf(() => service.call("GET", "admin/users?q=secret", asUser))).toEqual({
      method: "GET",
      route: "/api/v1/admin/users",
      status: 403,
      code: "not_allowed",
      actor: user.user.id,
    });
  });

  it("says whose input was refused, and nothing of it", async () => {
    const json = { name: 7, [user.email]: user.password };
    const line = await lineOf(() => service.call("PATCH", "users/me", { token: user.access_token, json }));
    expect(line).toEqual({
      method: "PATCH",
      route: "/api/v1/users/me",
      status: 422,
      code: "invalid_fields",
      actor: user.user.id,
    });
  });

  it("says who had too many attempts: whoever is signed in, by id, and nobody else at all", async () => {
    const wrong = { token: user.access_token, json: { method: "password", password: "Wrong-horse-7" } };
    let last = await lineOf(() => service.call("POST", "auth/reauthenticate", wrong));
    for (let n = 0; n < 30 && last.status !== 429; n++)
      last = await lineOf(() => service.call("POST", "auth/reauthenticate", wrong));
    expect(last).toMatchObject({ status: 429, code: "throttled", actor: user.user.id });
    const email = user.email;
    const ip = "203.0.113.77";
    const guess = () => service.logIn(email, "Wrong-horse-7", ip);
    let stranger = await lineOf(guess);
    for (let n = 0; n < 30 && stranger.status !== 429; n++) stranger = await lineOf(guess);
    expect(stranger).toEqual({
      method: "POST",
      route: "/api/v1/auth/login",
      status: 429,
      code: "throttled",
    });
  });

  it("says by which program, and of whom a key is only once the database knew it", async () => {
    const client = await registerClient(service, admin, { scopes: ["stats:read"] });
    const token = await clientToken(service, client);
    expect(await lineOf(() => service.call("GET", "admin/users", { token }))).toMatchObject({
      code: "not_allowed",
      actor: client.client_id,
      program: "client_credentials",
    });
    const wrong = { ...client, client_secret: `${client.client_secret.slice(0, -1)}x` };
    const form = { grant_type: "client_credentials" };
    const line = await lineOf(() => service.call("POST", "/oauth/token", { headers: basic(wrong), form }));
    expect(line).toMatchObject({ status: 401, code: "invalid_client" });

    const { id, key } = await createKey(service, admin);
    const asKey = { token: key };
    const known = { actor: admin.user.id, program: "api_key" };
    expect(await lineOf(() => service.call("GET", "users/me", asKey))).toMatchObject(known);
    expect(await lineOf(() => service.call("GET", "admin/users", asKey))).toMatchObject({
      ...known,
      code: "not_allowed",
    });
    await service.call("DELETE", `users/me/api-keys/${id}`, { token: admin.access_token });
    for (const [method, path] of [
      ["GET", "users/me"],
      ["GET", "users/me/sessions"],
      ["GET", "admin/users?limit=x"],
    ] as const) {
      const refused = await lineOf(() => service.call(method, path, asKey));
      expect([path, refused.status >= 400, refused.actor, refused.program]).toEqual([
        path,
        true,
        undefined,
        undefined,
      ]);
    }
  });

  it("says who acts as whom, and who asked for a page", async () => {
    const { body } = await service.call("POST", `admin/users/${user.user.id}/impersonate`, {
      token: admin.access_token,
      json: { reason: "Ticket 42" },
    });
    const token = String(body.access_token);
    const acting = { actor: admin.user.id, acting_as: user.user.id };
    expect(await lineOf(() => service.call("GET", "users/me", { token }))).toMatchObject(acting);
    expect(await lineOf(() => service.call("GET", "users/me/api-keys", { token }))).toMatchObject({
      ...acting,
      code: "not_allowed",
    });
    const visitor = createVisitor(service);
    await visitor.logIn(admin.email, admin.password);
    expect(await lineOf(() => visitor.get("/account"))).toMatchObject({ status: 200, actor: admin.user.id });
    expect(await lineOf(() => visitor.post("/account", { name: "x".repeat(300) }))).toMatchObject({
      status: 422,
      code: "invalid_fields",
      actor: admin.user.id,
    });
    expect(await lineOf(() => visitor.get("/nowhere", { accept: "text/html" }))).toMatchObject({
      status: 404,
      code: "not_found",
    });
  });

  it("holds no address, token, password or query", () => {
    const text = JSON.stringify(service.logs);
    for (const { email, password, access_token, refresh_token } of [admin, user])
      for (const secret of [email, password, access_token, refresh_token]) expect(text).not.toContain(secret);
    for (const secret of ["Wrong-horse", "q=secret", "203.0.113", "10.0.", "gthk_", "Ticket"])
      expect(text).not.toContain(secret);
  });
});

describe("a defect", () => {
  const fields = { email: "ada@example.com", password: "Correct-horse-7" };

  it("is answered by a code and the request id, with nothing of the inside", async () => {
    const { status, body, text, headers } = await broken.call("POST", "auth/signup", { json: fields });
    expect(status).toBe(500);
    expect(body).toEqual({
      type: "http://localhost:8787/docs#internal",
      title: "internal",
      status: 500,
      detail: "A defect on our side. Quote the request id when you report it.",
      code: "internal",
      request_id: headers.get("x-request-id"),
    });
    expect(text).not.toMatch(/canary|TypeError|\.ts|at /);
    const failure = broken.logs.find(({ event }) => event === "http.failure");
    expect(failure?.fields).toMatchObject({
      request_id: body.request_id,
      code: "internal",
      name: "TypeError",
    });
  });

  it("is a page with as little", async () => {
    const { status, text, headers } = await createVisitor(broken).post("/signup", fields);
    expect(status).toBe(500);
    expect(text).toContain(`<code>${headers.get("x-request-id")}</code>`);
    expect(text).not.toMatch(/canary|TypeError|\.ts\b/);
  });

  it("is of the dialect of OAuth where that is spoken, with as little", async () => {
    const form = { grant_type: "password", username: fields.email, password: fields.password };
    const { status, text } = await broken.call("POST", "auth/login", { form });
    expect([status, text.includes("server_error")]).toEqual([500, true]);
    expect(text).not.toMatch(/canary|TypeError|\.ts\b/);
  });
});
