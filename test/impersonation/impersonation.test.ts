import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify, SignJWT } from "jose";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Account } from "../support/client.ts";
import { readOperations } from "../support/openapi.ts";
import { makeAdmin, operatorWith } from "../support/operators.ts";
import { startService, useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

let admin: Account;
let user: Account;

const reason = "Ticket 4711";
const impersonate = (of: Account, by = admin, json: unknown = { reason }) =>
  service.call<{ access_token: string; expires_in: number; code: string }>(
    "POST",
    `admin/users/${of.user.id}/impersonate`,
    { token: by.access_token, json },
  );
const tokenFor = async (of = user, by = admin) => (await impersonate(of, by)).body.access_token;
const me = (token: string) => service.call("GET", "users/me", { token });
const roles = (of: Account, ...names: string[]) =>
  service.call("PUT", `admin/users/${of.user.id}/roles`, {
    token: admin.access_token,
    json: { roles: names },
  });

beforeAll(async () => {
  for (const name of ["editor", "viewer"]) {
    await service.database.query("insert into auth.roles values ($1, '{}', now())", [name]);
  }
});

beforeEach(async () => {
  admin = await makeAdmin(service);
  user = await service.signUp({ name: "Ann" });
});

describe("an impersonation token", () => {
  it("names both, is no one's session, and lives for 15 minutes without a refresh token", async () => {
    const { status, body, headers } = await impersonate(user);
    expect([status, headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(Object.keys(body).sort()).toEqual(["access_token", "expires_in", "token_type"]);
    expect(body.expires_in).toBe(900);
    const claims = decodeJwt(body.access_token);
    expect(claims).toMatchObject({
      sub: user.user.id,
      act: { sub: admin.user.id },
      sid: decodeJwt(admin.access_token).sid,
    });
    expect(Number(claims.exp) - Number(claims.iat)).toBe(900);
    expect((await me(body.access_token)).body).toMatchObject({ id: user.user.id, name: "Ann" });
  });

  it("verifies at another service, with the user's roles cut to the operator's, and no scope", async () => {
    await roles(user, "user", "editor", "viewer");
    await roles(admin, "user", "admin", "viewer");
    const { body: jwks } = await service.call<JSONWebKeySet>("GET", "/.well-known/jwks.json");
    const { payload } = await jwtVerify(await tokenFor(), createLocalJWKSet(jwks), { typ: "at+jwt" });
    expect([payload.roles, payload.scope]).toEqual([["user", "viewer"], ""]);
  });

  it("needs a reason, which is on record", async () => {
    for (const json of [{}, { reason: "" }, { reason: "  " }, { reason: "x".repeat(501) }]) {
      expect((await impersonate(user, admin, json)).status).toBe(422);
    }
    await impersonate(user);
    const events = await service.database.query(
      `select e.actor_id, e.outcome, d.text from auth.audit_events e join auth.audit_details d on d.event_id = e.id
       where e.subject_id = $1 and e.action = 'user.impersonated'`,
      [user.user.id],
    );
    expect(events).toEqual([{ actor_id: admin.user.id, outcome: "success", text: reason }]);
  });

  it("leaves what is done with it on the operator's record", async () => {
    const token = await tokenFor();
    expect((await service.call("PATCH", "users/me", { token, json: { name: "Anna" } })).body.name).toBe(
      "Anna",
    );
    const [event] = await service.database.query(
      "select actor_id from auth.audit_events where subject_id = $1 and action = 'account.profile_changed'",
      [user.user.id],
    );
    expect(event).toEqual({ actor_id: admin.user.id });
  });
});

describe("an impersonation is refused", () => {
  it("for who holds any permission, whatever the operator holds, and for oneself", async () => {
    for (const target of [await operatorWith(service, "stats:read"), await makeAdmin(service), admin]) {
      const { status, body } = await impersonate(target);
      expect([status, body.code]).toEqual([403, "not_allowed"]);
    }
  });

  it("to who may not, and for a user who is suspended or not there", async () => {
    const clerk = await operatorWith(service, "users:read", "users:write");
    expect((await impersonate(user, clerk)).status).toBe(403);
    expect((await impersonate({ ...user, user: { ...user.user, id: crypto.randomUUID() } })).status).toBe(
      404,
    );
    await service.call("POST", `admin/users/${user.user.id}/suspend`, {
      token: admin.access_token,
      json: {},
    });
    expect((await impersonate(user)).status).toBe(403);
  });

  it("through another impersonation", async () => {
    const [token, other] = [await tokenFor(), await service.signUp()];
    const path = `admin/users/${other.user.id}/impersonate`;
    expect((await service.call("POST", path, { token, json: { reason } })).body.code).toBe("not_allowed");
  });
});

describe("an impersonation token ends", () => {
  it.each<[string, () => Promise<unknown>]>([
    ["with the operator's session", () => service.call("POST", "auth/logout", { token: admin.access_token })],
    [
      "with the operator's epoch",
      () => service.call("POST", "auth/logout-all", { token: admin.access_token }),
    ],
    [
      "with the operator's suspension",
      () =>
        service.database.query("update auth.users set status = 'suspended' where id = $1", [admin.user.id]),
    ],
    [
      "with the operator's permission",
      () => service.database.query("delete from auth.user_roles where user_id = $1", [admin.user.id]),
    ],
    ["with the user's epoch", () => service.call("POST", "auth/logout-all", { token: user.access_token })],
    [
      "with the user's suspension",
      () =>
        service.database.query("update auth.users set status = 'suspended' where id = $1", [user.user.id]),
    ],
    [
      "once the user holds a permission",
      () => service.database.query("insert into auth.user_roles values ($1, 'auditor')", [user.user.id]),
    ],
    ["with the user", () => service.call("DELETE", "users/me", { token: user.access_token })],
    ["after 15 minutes", async () => service.advance(901)],
  ])("%s", async (_, end) => {
    const token = await tokenFor();
    expect((await me(token)).status).toBe(200);
    await end();
    expect((await me(token)).body).toMatchObject({ status: 401, code: "invalid_token" });
  });
});

describe("an impersonation token opens", () => {
  it("three routes of the account, and is refused on every other that takes a token", async () => {
    const token = await tokenFor();
    const open: string[] = [];
    for (const { method, path, operation } of await readOperations(service)) {
      const takesToken = operation.security?.some((way) => "bearer" in way);
      if (!takesToken) continue;
      const url = path.replace(/\{[^}]+\}/g, user.user.id);
      const { status, body } = await service.call(method.toUpperCase(), url, { token, ...bodyOf(operation) });
      const name = `${method} ${path}`;
      if (operation["x-impersonation"]) open.push(name);
      else expect([name, status, body.code]).toEqual([name, 403, "not_allowed"]);
    }
    expect(open.sort()).toEqual([
      "get /api/v1/users/me",
      "get /api/v1/users/me/sessions",
      "patch /api/v1/users/me",
    ]);
    expect((await me(user.access_token)).status).toBe(200);
    expect((await me(admin.access_token)).status).toBe(200);
  });

  it("nothing when it names another user, operator or epoch, even under our own signature", async () => {
    const claims = decodeJwt(await tokenFor());
    const other = await makeAdmin(service);
    const { kid, alg, key } = service.deps.keys.access.sign;
    const signed = (change: object) =>
      new SignJWT({ ...claims, ...change }).setProtectedHeader({ alg, kid, typ: "at+jwt" }).sign(key);
    expect((await me(await signed({}))).status).toBe(200);
    const changes = [
      { sub: other.user.id },
      { act: { sub: other.user.id } },
      { act: { sub: user.user.id } },
      { act: { sub: 1 } },
      { act: null },
      { act: undefined },
      { epoch: 1 },
      { epoch: "0" },
      { sid: decodeJwt(user.access_token).sid },
    ];
    for (const change of changes) {
      expect([change, (await me(await signed(change))).status]).toEqual([change, 401]);
    }
  });
});

/** Enough of a body to come to the question who asks: most refuse before they look. */
function bodyOf({ operationId, requestBody }: { operationId?: string; requestBody?: unknown }) {
  if (!requestBody) return {};
  if (operationId === "verifyEmail") return { json: { token: "x" } };
  return operationId === "importUsers"
    ? { raw: "", headers: { "content-type": "application/x-ndjson" } }
    : { json: {} };
}

describe("the user", () => {
  it("is told by mail where the operator of the service wants it, and not otherwise", async () => {
    await impersonate(user);
    expect((await service.mailsTo(user.email)).map(({ template }) => template)).toEqual(["verify_email"]);
    const open = await startService({ IMPERSONATION_NOTICE: "mail", THROTTLE: "off" });
    try {
      const [by, of] = [await makeAdmin(open), await open.signUp()];
      await open.call("POST", `admin/users/${of.user.id}/impersonate`, {
        token: by.access_token,
        json: { reason: "Secret words" },
      });
      const mail = await open.mailTo(of.email, "impersonated");
      expect(mail.text).not.toMatch(/Secret words|IP address|Device/);
      // However often, and whatever else was mailed: it is the operator who causes it.
      for (let i = 0; i < 6; i++) {
        await open.call("POST", `admin/users/${of.user.id}/impersonate`, {
          token: by.access_token,
          json: { reason: "again" },
        });
      }
      const told = (await open.mailsTo(of.email)).filter(({ template }) => template === "impersonated");
      expect(told).toHaveLength(7);
    } finally {
      await open.close();
    }
  });
});
