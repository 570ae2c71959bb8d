import { expect, it } from "vitest";
import { type Client, freshEmail, goodPassword, type Tokens } from "../support/client.ts";
import type { Target } from "./suite.ts";

type Flow = { flow_id: string; expires_in: number };

const newPassword = "Another-horse-8";

/** The flows that go through a mailbox, on every runtime. */
export function describeMailFlows(target: () => Target): void {
  const call: Client["call"] = (...args) => target().client.call(...args);
  const signUp: Client["signUp"] = (...args) => target().client.signUp(...args);
  const logIn: Client["logIn"] = (...args) => target().client.logIn(...args);
  const mailsTo: Client["mailsTo"] = (...args) => target().client.mailsTo(...args);
  const mailTo: Client["mailTo"] = (...args) => target().client.mailTo(...args);
  const post = <T = Record<string, unknown>>(path: string, json: unknown, token?: string) =>
    call<T>("POST", path, { ...(json !== undefined && { json }), ...(token !== undefined && { token }) });
  const templatesTo = async (email: string) => (await mailsTo(email)).map(({ template }) => template);

  it("verifies an address by the link of the mail, as the owner who is signed in", async () => {
    const { email, access_token: bearer } = await signUp();
    const mail = await mailTo(email, "verify_email");
    expect(mail.link).toBe(`${target().issuer}/verify-email?token=${mail.token}`);
    expect(mail.text).toContain(mail.link);
    const verified = await post("auth/email/verify", { token: mail.token }, bearer);
    expect([verified.status, verified.body.email_verified]).toEqual([200, true]);
    const again = await post("auth/email/verify", { token: mail.token }, bearer);
    expect([again.status, again.body.code]).toEqual([401, "invalid_proof"]);
    expect(await templatesTo(email)).toEqual(["verify_email"]);
  });

  it("verifies by the code with the flow that asked for it, and the password", async () => {
    const { email, password } = await signUp();
    const asked = await post<Flow>("auth/email/verification", { email });
    expect([asked.status, asked.body.expires_in]).toEqual([202, 86_400]);
    const { code } = await mailTo(email, "verify_email");
    expect(code).toMatch(/^\d{8}$/);
    const proof = { flow_id: asked.body.flow_id, code };
    expect((await post("auth/email/verify", proof)).body).toMatchObject({ code: "invalid_fields" });
    const wrong = await post("auth/email/verify", { ...proof, password: "Wrong-horse-7" });
    expect([wrong.status, wrong.body.code]).toEqual([401, "invalid_credentials"]);
    expect((await post("auth/email/verify", { ...proof, password })).body.email_verified).toBe(true);
    await post("auth/email/verification", { email });
    expect(await templatesTo(email)).toEqual(["verify_email", "verify_email"]);
  });

  it("resets a forgotten password, ends every session and tells the owner", async () => {
    const { email, access_token: bearer } = await signUp();
    expect((await post("auth/password/forgot", { email })).status).toBe(202);
    const { token, link } = await mailTo(email, "password_reset");
    expect(link).toBe(`${target().issuer}/reset-password?token=${token}`);
    const weak = await post("auth/password/reset", { token, new_password: "short" });
    expect(weak.body).toMatchObject({ code: "invalid_fields", errors: [{ pointer: "/new_password" }] });
    expect((await post("auth/password/reset", { token, new_password: newPassword })).status).toBe(204);
    expect((await call("GET", "users/me", { token: bearer })).status).toBe(401);
    expect((await logIn(email)).status).toBe(401);
    expect((await logIn(email, newPassword)).status).toBe(200);
    expect((await post("auth/password/reset", { token, new_password: newPassword })).status).toBe(401);
    expect(await templatesTo(email)).toContain("password_changed");
  });

  it("signs in by a mailed link or code, only with the flow that asked", async () => {
    const { email } = await signUp();
    for (const by of ["token", "code"] as const) {
      const asked = await post<Flow>("auth/magic-link", { email });
      expect([asked.status, asked.body.expires_in]).toEqual([202, 900]);
      const mail = await mailTo(email, "magic_link");
      const other = await post<Flow>("auth/magic-link", { email: freshEmail() });
      const elsewhere = { flow_id: other.body.flow_id, [by]: mail[by] };
      expect((await post("auth/magic-link/verify", elsewhere)).status).toBe(401);
      const proof = { flow_id: asked.body.flow_id, [by]: mail[by] };
      const tokens = await post<Tokens>("auth/magic-link/verify", proof);
      expect(tokens.status).toBe(200);
      const me = await call("GET", "users/me", { token: tokens.body.access_token });
      expect(me.body).toMatchObject({ email, email_verified: true });
      expect((await post("auth/magic-link/verify", proof)).status).toBe(401);
    }
  });

  it("changes an address once the new one is verified, and tells the old one", async () => {
    const { email, password, access_token: bearer } = await signUp();
    const next = freshEmail();
    const wrong = await post("users/me/email", { new_email: next, password: "Wrong-horse-7" }, bearer);
    expect(wrong.body.code).toBe("invalid_credentials");
    expect(await templatesTo(next)).toEqual([]);
    expect((await post("users/me/email", { new_email: next, password }, bearer)).status).toBe(202);
    expect((await call("GET", "users/me", { token: bearer })).body.email).toBe(email);
    const { token } = await mailTo(next, "verify_email");
    const changed = await post("auth/email/verify", { token }, bearer);
    expect(changed.body).toMatchObject({ email: next, email_verified: true });
    expect(await templatesTo(email)).toContain("email_changed");
    expect((await logIn(email)).status).toBe(401);
    expect((await logIn(next)).status).toBe(200);
  });

  it("writes to nobody when it refuses, nor to an address without an account", async () => {
    const { email } = await signUp();
    const unknown = freshEmail();
    const before = await templatesTo(email);
    await post("auth/signup", { email, password: goodPassword });
    await post("auth/signup", { email: unknown, password: "short" });
    await logIn(email, "Wrong-horse-7");
    await post("auth/password/reset", { token: "x", new_password: newPassword });
    for (const path of ["auth/password/forgot", "auth/magic-link", "auth/email/verification"]) {
      expect((await post(path, { email: unknown })).status).toBe(202);
      expect((await post(path, { email: "a@b@c" })).body.code).toBe("invalid_fields");
    }
    expect([await templatesTo(email), await templatesTo(unknown)]).toEqual([before, []]);
  });

  it("tells of a sign-in from a device it has not seen", async () => {
    const { email } = await signUp();
    await logIn(email);
    const mail = await mailTo(email, "new_device");
    expect(mail.link).toMatch(/\/account\/sessions\?session=[0-9a-f-]{36}$/);
  });

  it("delivers right after the reply, without being asked to", async () => {
    const { email } = await signUp();
    const headers = { accept: "application/json" };
    const seen = async () =>
      (await call<{ data: unknown[] }>("GET", `/dev/mail?to=${email}`, { headers })).body.data.length;
    await expect.poll(seen, { timeout: 5000 }).toBe(1);
  });

  it("gives an unverified account to whoever reads its mail, and nothing of before", async () => {
    const before = await signUp();
    const { token } = await mailTo(before.email, "verify_email");
    expect((await post("auth/email/verify", { token })).body).toMatchObject({
      errors: [{ pointer: "/new_password", code: "required" }],
    });
    const taken = await post("auth/email/verify", { token, new_password: newPassword });
    expect(taken.body).toMatchObject({ email: before.email, email_verified: true });
    expect((await call("GET", "users/me", { token: before.access_token })).status).toBe(401);
    expect((await logIn(before.email)).status).toBe(401);
    expect((await logIn(before.email, newPassword)).status).toBe(200);
  });

  it("invites by mail, and shows operators what became of it", async () => {
    const admin = await signUp();
    await target().database.query("insert into auth.user_roles values ($1, 'admin')", [admin.user.id]);
    const email = freshEmail();
    expect((await post("admin/invitations", { email, roles: ["user"] }, admin.access_token)).status).toBe(
      201,
    );
    const { token: invitation } = await mailTo(email, "invitation");
    const made = await post<{ user: object }>("auth/signup", { email, password: goodPassword, invitation });
    expect([made.status, made.body.user]).toMatchObject([201, { email, email_verified: true }]);
    expect((await post("auth/signup", { email, password: goodPassword, invitation })).status).toBe(401);
    const { body } = await call<{ data: { id: string; email: string; state: string }[] }>(
      "GET",
      "admin/outbox?state=sent&limit=5",
      { token: admin.access_token },
    );
    expect(body.data.find((each) => each.email === email)).toMatchObject({ kind: "invitation", attempts: 1 });
    const requeued = await post(`admin/outbox/${body.data[0]?.id}/requeue`, undefined, admin.access_token);
    expect(requeued.body.code).toBe("conflict");
  });

  it("exports an account and deletes it for good", async () => {
    const { email, access_token: bearer } = await signUp();
    const exported = await call("GET", "users/me/export", { token: bearer });
    expect(exported.body).toMatchObject({ user: { email }, sessions: [{ ended_at: null }] });
    expect((await call("DELETE", "users/me", { token: bearer })).status).toBe(204);
    expect((await call("GET", "users/me", { token: bearer })).status).toBe(401);
    expect((await logIn(email)).status).toBe(401);
    expect((await signUp({ email })).email).toBe(email);
  });
}

/** What changes where `EMAIL_VERIFICATION=required`. */
export function describeRequiredMode(target: () => Target): void {
  const call: Client["call"] = (...args) => target().client.call(...args);
  const post = <T = Record<string, unknown>>(path: string, json: unknown) => call<T>("POST", path, { json });

  it("makes an account only once its address is verified, and says nothing of those that exist", async () => {
    const email = freshEmail();
    const asked = await post<Flow>("auth/signup", { email, password: goodPassword });
    expect([asked.status, Object.keys(asked.body)]).toEqual([202, ["flow_id", "expires_in"]]);
    expect((await target().client.logIn(email)).status).toBe(401);
    const { code } = await target().client.mailTo(email, "verify_email");
    const made = await post("auth/email/verify", { flow_id: asked.body.flow_id, code });
    expect(made.body).toMatchObject({ email, email_verified: true });
    expect((await target().client.logIn(email)).status).toBe(200);
    const again = await post<Flow>("auth/signup", { email, password: goodPassword });
    expect([again.status, again.body.expires_in]).toEqual([202, asked.body.expires_in]);
    const { token } = await target().client.mailTo(email, "account_exists");
    expect(token).toBeNull();
  });

  it("has the registration mailed again, for its password", async () => {
    const email = freshEmail();
    await post("auth/signup", { email, password: goodPassword });
    await post("auth/email/verification", { email });
    const { token } = await target().client.mailTo(email, "verify_email");
    const wrong = await post("auth/email/verify", { token, password: newPassword });
    expect([wrong.status, wrong.body.code]).toEqual([401, "invalid_credentials"]);
    expect((await post("auth/email/verify", { token, password: goodPassword })).status).toBe(200);
    expect((await target().client.logIn(email)).status).toBe(200);
  });
}
