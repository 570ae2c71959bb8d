import { beforeAll, describe, expect, it } from "vitest";
import { type Account, freshEmail, goodPassword } from "../support/client.ts";
import { makeAdmin, operatorWith } from "../support/operators.ts";
import { startService, useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

let admin: Account;
const operator = (json?: unknown) => ({ token: admin.access_token, ...(json !== undefined && { json }) });
const create = (json: unknown) => service.call<{ id: string }>("POST", "admin/users", operator(json));
const actionsOn = async (id: string) =>
  (
    await service.database.query<{ action: string }>(
      "select action from auth.audit_events where subject_id = $1 order by occurred_at, id",
      [id],
    )
  ).map(({ action }) => action);

beforeAll(async () => {
  admin = await makeAdmin(service);
});

describe("a user that an operator makes", () => {
  it("is invited by mail, chooses a password by its link, once, and is verified by that", async () => {
    const email = freshEmail();
    const given = {
      name: "Grace",
      roles: ["user", "auditor"],
      external_id: email,
      app_metadata: { plan: "pro" },
    };
    const { status, body } = await create({ email, ...given });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      email,
      ...given,
      roles: ["auditor", "user"],
      has_password: false,
      email_verified: false,
    });
    const mails = await service.mailsTo(email);
    expect(mails.map(({ template }) => template)).toEqual(["invitation"]);
    expect(mails[0]?.link).toMatch(/^http:\/\/localhost:8787\/reset-password\?token=/);
    const json = { token: mails[0]?.token, new_password: goodPassword };
    expect((await service.call("POST", "auth/password/reset", { json })).status).toBe(204);
    expect((await service.call("POST", "auth/password/reset", { json })).status).toBe(401);
    const { access_token: token } = (await service.logIn(email)).body;
    expect((await service.call("GET", "users/me", { token })).body).toMatchObject({ email_verified: true });
    expect((await service.mailsTo(email)).map(({ template }) => template)).toEqual(["invitation"]);
    const { id } = body;
    expect(await actionsOn(id)).toEqual(["user.created", "account.invitation_accepted", "login.succeeded"]);
  });

  it("can be made without a mail, and where nobody else may sign up", async () => {
    const email = freshEmail();
    expect((await create({ email, invite: false })).status).toBe(201);
    expect(await service.mailsTo(email)).toEqual([]);
    const closed = await startService({ SIGNUP: "closed", THROTTLE: "off" });
    try {
      const made = await closed.database.query<{ id: string }>(
        `insert into auth.users (id, email, email_key, created_at, updated_at)
         values (gen_random_uuid(), 'r@example.com', 'r@example.com', now(), now()) returning id`,
      );
      await closed.database.query("insert into auth.user_roles values ($1, 'admin')", [made[0]?.id]);
      await closed.call("POST", "auth/password/forgot", { json: { email: "r@example.com" } });
      const { token } = await closed.mailTo("r@example.com", "password_reset");
      await closed.call("POST", "auth/password/reset", { json: { token, new_password: goodPassword } });
      const { access_token } = (await closed.logIn("r@example.com")).body;
      const reply = await closed.call("POST", "admin/users", { token: access_token, json: { email } });
      expect(reply.status).toBe(201);
    } finally {
      await closed.close();
    }
  });

  it("is refused for a taken address or external id, a role that is not, and a bad address", async () => {
    const email = freshEmail();
    await create({ email, external_id: `id-${email}` });
    expect((await create({ email: email.toUpperCase() })).body).toMatchObject({
      status: 409,
      code: "email_taken",
    });
    expect((await create({ email: freshEmail(), external_id: `id-${email}` })).body).toMatchObject({
      code: "conflict",
    });
    const faults = async (json: unknown) => (await create(json)).body as { errors?: unknown };
    expect((await faults({ email: freshEmail(), roles: ["root"] })).errors).toMatchObject([
      { pointer: "/roles" },
    ]);
    expect((await faults({ email: "a@b@c" })).errors).toMatchObject([{ code: "invalid_email" }]);
    expect((await faults({ email: freshEmail(), password: "x" })).errors).toMatchObject([
      { code: "unknown_field" },
    ]);
  });

  it("no longer takes the invitation once its owner got in by mail", async () => {
    const email = freshEmail();
    await create({ email, email_verified: true });
    const { token } = await service.mailTo(email, "invitation");
    const asked = await service.call("POST", "auth/magic-link", { json: { email } });
    const link = await service.mailTo(email, "magic_link");
    const json = { flow_id: asked.body.flow_id, token: link.token };
    expect((await service.call("POST", "auth/magic-link/verify", { json })).status).toBe(200);
    const reset = { token, new_password: goodPassword };
    expect((await service.call("POST", "auth/password/reset", { json: reset })).status).toBe(401);
  });

  it("is on record when it was refused, too", async () => {
    const clerk = await operatorWith(service, "users:write", "users:invite");
    const json = { email: freshEmail(), roles: ["admin"] };
    for (const path of ["admin/users", "admin/invitations"]) {
      expect((await service.call("POST", path, { token: clerk.access_token, json })).status).toBe(403);
    }
    const events = await service.database.query(
      "select action, outcome, subject_id from auth.audit_events where actor_id = $1 and action like 'user.%' order by occurred_at",
      [clerk.user.id],
    );
    expect(events).toEqual([
      { action: "user.created", outcome: "denied", subject_id: null },
      { action: "user.invited", outcome: "denied", subject_id: null },
    ]);
  });

  it("is one, however often it is made at once", async () => {
    const email = freshEmail();
    const replies = await Promise.all(Array.from({ length: 20 }, () => create({ email })));
    expect(replies.map(({ status }) => status).sort()).toEqual([201, ...Array(19).fill(409)]);
    expect(await service.mailsTo(email)).toHaveLength(1);
  });
});

describe("where no mail leaves", () => {
  it("users are made without an invitation, and no reset can be forced", async () => {
    const silent = await startService({ MAIL_TRANSPORT: "none", THROTTLE: "off" });
    try {
      const { access_token: token } = await makeAdmin(silent);
      const { user } = await silent.signUp();
      const made = (json: object) => silent.call("POST", "admin/users", { token, json });
      expect((await made({ email: freshEmail() })).status).toBe(201);
      expect((await made({ email: freshEmail(), invite: true })).body).toMatchObject({
        errors: [{ pointer: "/invite" }],
      });
      expect((await silent.call("POST", `admin/users/${user.id}/password-reset`, { token })).status).toBe(
        404,
      );
      expect(
        (await silent.call("PATCH", `admin/users/${user.id}`, { token, json: { email: freshEmail() } }))
          .status,
      ).toBe(200);
    } finally {
      await silent.close();
    }
  });
});
