import { decodeJwt } from "jose";
import { expect, it } from "vitest";
import { type Account, type Client, freshEmail, goodPassword } from "../support/client.ts";
import type { Target } from "./suite.ts";

/** What operators do, on every runtime. */
export function describeAdministration(target: () => Target): void {
  const call: Client["call"] = (...args) => target().client.call(...args);

  async function signUpAdmin(): Promise<Account> {
    const account = await target().client.signUp();
    await target().database.query("insert into auth.user_roles values ($1, 'admin')", [account.user.id]);
    return account;
  }

  it("lets operators make roles, and nobody hand out more than they hold", async () => {
    const { access_token: token } = await signUpAdmin();
    const clerk = await target().client.signUp();
    const name = `clerk-${crypto.randomUUID()}`;
    const json = { name, permissions: ["users:read", "roles:assign"] };
    expect((await call("POST", "admin/roles", { token, json })).status).toBe(201);
    const path = `admin/users/${clerk.user.id}/roles`;
    expect((await call("PUT", path, { token, json: { roles: ["user", name] } })).status).toBe(200);
    const own = { token: clerk.access_token };
    expect((await call("GET", "admin/users", own)).status).toBe(200);
    expect((await call("PUT", path, { ...own, json: { roles: ["admin"] } })).body.code).toBe("not_allowed");
    await call("PATCH", `admin/roles/${name}`, { token, json: { permissions: [] } });
    expect((await call("GET", "admin/users", own)).status).toBe(403);
    expect((await call("DELETE", `admin/roles/${name}`, { token })).status).toBe(204);
  });

  it("lets operators make users, change, reset and delete them", async () => {
    const { access_token: token } = await signUpAdmin();
    const email = freshEmail();
    const made = await call<{ id: string }>("POST", "admin/users", { token, json: { email, name: "Grace" } });
    expect(made.status).toBe(201);
    const invitation = await target().client.mailTo(email, "invitation");
    const json = { token: invitation.token, new_password: goodPassword };
    expect((await call("POST", "auth/password/reset", { json })).status).toBe(204);
    expect((await target().client.logIn(email)).status).toBe(200);
    const path = `admin/users/${made.body.id}`;
    const changed = await call("PATCH", path, { token, json: { app_metadata: { plan: "pro" } } });
    expect(changed.body).toMatchObject({
      name: "Grace",
      app_metadata: { plan: "pro" },
      email_verified: true,
    });
    expect((await call("POST", `${path}/password-reset`, { token })).status).toBe(202);
    expect((await target().client.logIn(email)).status).toBe(401);
    expect((await target().client.mailTo(email, "password_reset")).token).toBeTruthy();
    expect((await call("DELETE", path, { token })).status).toBe(204);
    expect((await call("GET", path, { token })).status).toBe(404);
  });

  it("lets operators act as a user, in sight and not as they like", async () => {
    const admin = await signUpAdmin();
    const user = await target().client.signUp();
    const path = `admin/users/${user.user.id}/impersonate`;
    const json = { reason: "Ticket 4711" };
    const { body } = await call<{ access_token: string }>("POST", path, { token: admin.access_token, json });
    expect(decodeJwt(body.access_token)).toMatchObject({ sub: user.user.id, act: { sub: admin.user.id } });
    const token = body.access_token;
    expect((await call("GET", "users/me", { token })).body.id).toBe(user.user.id);
    expect((await call("GET", "users/me/export", { token })).body.code).toBe("not_allowed");
    await call("POST", "auth/logout", { token: admin.access_token });
    expect((await call("GET", "users/me", { token })).status).toBe(401);
  });
}
