import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config.ts";
import { testEnvironment } from "../support/environment.ts";
import { makeAdmin } from "../support/operators.ts";
import { type Service, useService } from "../support/service.ts";

const withClaims = useService({
  THROTTLE: "off",
  ACCESS_TOKEN_CLAIMS: "roles",
  ACCESS_TOKEN_METADATA_CLAIMS: "plan, tenant",
});
const bare = useService({ THROTTLE: "off", ACCESS_TOKEN_CLAIMS: "none" });

const setMetadata = async (service: Service, id: string, app_metadata: unknown) =>
  service.call("PATCH", `admin/users/${id}`, {
    token: (await makeAdmin(service)).access_token,
    json: { app_metadata },
  });

describe("claims of access tokens", () => {
  it("are the chosen keys of app_metadata, from the next login or refresh on, and never another key", async () => {
    const { user, email, refresh_token } = await withClaims.signUp();
    await setMetadata(withClaims, user.id, { plan: "pro", tenant: { id: 7 }, secret: "x", sub: "someone" });
    const tokens = [
      (await withClaims.refresh(refresh_token)).body.access_token,
      (await withClaims.logIn(email)).body.access_token,
    ];
    for (const claims of tokens.map((token) => decodeJwt(token))) {
      expect(claims).toMatchObject({ plan: "pro", tenant: { id: 7 }, sub: user.id, roles: ["user"] });
      expect(claims).not.toHaveProperty("secret");
      expect(claims).not.toHaveProperty("scope");
    }
  });

  it("do not go along when an operator acts as the user: they may say what a role would", async () => {
    const { user } = await withClaims.signUp();
    await setMetadata(withClaims, user.id, { plan: "owner" });
    const { access_token: token } = await makeAdmin(withClaims);
    const path = `admin/users/${user.id}/impersonate`;
    const { body } = await withClaims.call<{ access_token: string }>("POST", path, {
      token,
      json: { reason: "x" },
    });
    expect(decodeJwt(body.access_token)).not.toHaveProperty("plan");
  });

  it("leave out roles and scope where nobody wants them; our own routes still ask the database", async () => {
    const admin = await makeAdmin(bare);
    const claims = decodeJwt((await bare.logIn(admin.email)).body.access_token);
    expect([claims.roles, claims.scope]).toEqual([undefined, undefined]);
    expect((await bare.call("GET", "admin/users", { token: admin.access_token })).status).toBe(200);
  });

  it("too long for a header are refused to operators, and left out of tokens", async () => {
    const { user, email } = await withClaims.signUp();
    const refused = await setMetadata(withClaims, user.id, { plan: "x".repeat(300), other: "y".repeat(300) });
    const fault = [{ pointer: "/app_metadata/plan", code: "too_long" }];
    expect(refused.body.errors).toMatchObject(fault);
    const { access_token: token } = await makeAdmin(withClaims);
    const json = { email: "new@example.com", app_metadata: { plan: "x".repeat(300) } };
    expect((await withClaims.call("POST", "admin/users", { token, json })).body.errors).toMatchObject(fault);
    // What was taken is what comes: one rule, whatever PostgreSQL makes of the number.
    const odd = { plan: 1e300, tenant: Array(100).fill(1) };
    expect((await setMetadata(withClaims, user.id, odd)).status).toBe(200);
    expect(decodeJwt((await withClaims.logIn(email)).body.access_token)).toMatchObject(odd);
    await withClaims.database.query(
      "update auth.users set app_metadata = jsonb_build_object('plan', repeat('x', 300), 'tenant', 1) where id = $1",
      [user.id],
    );
    const claims = decodeJwt((await withClaims.logIn(email)).body.access_token);
    expect([claims.plan, claims.tenant]).toEqual([undefined, 1]);
  });

  it.each(["sub", "plan,iss", "act", "epoch", "__proto__", "a b", "a,b,c,d,e,f,g,h,i,j,k"])(
    "cannot be %s",
    (keys) => {
      const environment = testEnvironment({
        DATABASE_URL: "postgresql://x@localhost/x",
        ACCESS_TOKEN_METADATA_CLAIMS: keys,
      });
      expect(() => parseConfig(environment)).toThrow("ACCESS_TOKEN_METADATA_CLAIMS");
    },
  );
});
