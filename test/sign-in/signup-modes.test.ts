import { describe, expect, it } from "vitest";
import { freshEmail, goodPassword } from "../support/client.ts";
import { type Service, startService } from "../support/service.ts";

async function within(environment: Record<string, string>, work: (service: Service) => Promise<void>) {
  const service = await startService({ THROTTLE: "off", ...environment });
  try {
    await work(service);
  } finally {
    await service.close();
  }
}

/** An operator, made as `admin:create` makes one: signing up may be closed. */
async function operator(service: Service, roles: string[]): Promise<string> {
  const email = freshEmail();
  const password_hash = await service.deps.passwords.hash(goodPassword, "sign-in");
  await service.database.query(
    `with u as (insert into auth.users (id, email, email_key, email_verified, password_hash, created_at, updated_at)
      values (gen_random_uuid(), $1, $1, true, $2, now(), now()) returning id)
    insert into auth.user_roles select u.id, unnest($3::text[]) from u`,
    [email, password_hash, roles],
  );
  return (await service.logIn(email)).body.access_token;
}

const signUp = (service: Service, fields: Record<string, unknown>) =>
  service.call<{ access_token: string; code: string; user: { roles: string[]; email_verified: boolean } }>(
    "POST",
    "auth/signup",
    { json: { password: goodPassword, ...fields } },
  );

const invite = (service: Service, token: string, json: Record<string, unknown>) =>
  service.call("POST", "admin/invitations", { token, json });

describe("SIGNUP", () => {
  it("closed lets nobody sign up, invited or not, and says so without a statement", () =>
    within({ SIGNUP: "closed" }, async (service) => {
      const admin = await operator(service, ["admin"]);
      const email = freshEmail();
      const before = service.statements.length;
      for (const fields of [{ email }, { email, invitation: "x" }]) {
        const reply = await signUp(service, fields);
        expect([reply.status, reply.body.code]).toEqual([403, "signup_closed"]);
      }
      expect(service.statements.length).toBe(before);
      // Nor is anybody mailed an invitation that could not be accepted.
      expect((await invite(service, admin, { email })).body.code).toBe("signup_closed");
      expect(await service.mailsTo(email)).toEqual([]);
    }));

  it("invite lets in who was invited, with the address verified and the roles preset", () =>
    within({ SIGNUP: "invite" }, async (service) => {
      const admin = await operator(service, ["admin"]);
      const email = freshEmail();
      expect((await signUp(service, { email })).body.code).toBe("signup_closed");
      const invited = await invite(service, admin, { email, roles: ["user", "admin"] });
      expect(invited.body).toMatchObject({ email, roles: ["admin", "user"] });
      const mail = await service.mailTo(email, "invitation");
      expect(mail.link).toBe(`http://localhost:8787/signup?token=${mail.token}`);
      const other = await signUp(service, { email: freshEmail(), invitation: mail.token });
      expect([other.status, other.body.code]).toEqual([401, "invalid_proof"]);
      const made = await signUp(service, { email, invitation: mail.token });
      expect(made.body.user).toMatchObject({ email_verified: true, roles: ["admin", "user"] });
      const users = await service.call("GET", "admin/users", { token: made.body.access_token });
      expect(users.status).toBe(200);
      expect((await signUp(service, { email, invitation: mail.token })).status).toBe(401);
    }));

  it("invite honours an invitation for seven days", () =>
    within({ SIGNUP: "invite" }, async (service) => {
      const admin = await operator(service, ["admin"]);
      const [soon, late] = [freshEmail(), freshEmail()];
      await invite(service, admin, { email: soon });
      await invite(service, admin, { email: late });
      const tokens = [
        (await service.mailTo(soon, "invitation")).token,
        (await service.mailTo(late, "invitation")).token,
      ];
      service.advance(7 * 86_400 - 60);
      expect((await signUp(service, { email: soon, invitation: tokens[0] })).status).toBe(201);
      service.advance(120);
      expect((await signUp(service, { email: late, invitation: tokens[1] })).status).toBe(401);
    }));

  it("open takes any address, or those of SIGNUP_DOMAINS; an invitation counts for more", () =>
    within({ SIGNUP_DOMAINS: "example.com, Bücher.example" }, async (service) => {
      const admin = await operator(service, ["admin"]);
      expect((await signUp(service, { email: freshEmail() })).status).toBe(201);
      expect((await signUp(service, { email: "a@BÜCHER.example" })).status).toBe(201);
      for (const email of ["a@evil.example", "a@sub.example.com", "a@example.com.evil.example"]) {
        expect((await signUp(service, { email })).body.code).toBe("signup_closed");
      }
      await invite(service, admin, { email: "guest@partner.example" });
      const { token: invitation } = await service.mailTo("guest@partner.example", "invitation");
      expect((await signUp(service, { email: "guest@partner.example", invitation })).status).toBe(201);
    }));

  it("with required verification takes an invitation for the proof of the address", () =>
    within({ EMAIL_VERIFICATION: "required" }, async (service) => {
      const admin = await operator(service, ["admin"]);
      const email = freshEmail();
      await invite(service, admin, { email });
      const { token: invitation } = await service.mailTo(email, "invitation");
      expect((await signUp(service, { email, invitation })).status).toBe(201);
      expect((await service.logIn(email)).status).toBe(200);
    }));
});

describe("an invitation", () => {
  it("hands out roles only for those who may assign them, and only roles there are", () =>
    within({}, async (service) => {
      await service.database.query("insert into auth.roles values ('host', '{users:invite}', now())");
      const host = await operator(service, ["host"]);
      const email = freshEmail();
      expect((await invite(service, host, { email, roles: ["admin"] })).body.code).toBe("not_allowed");
      expect((await invite(service, host, { email, roles: ["nobody"] })).body).toMatchObject({
        errors: [{ pointer: "/roles" }],
      });
      expect((await invite(service, host, { email: "a@b@c" })).body.code).toBe("invalid_fields");
      const { email: taken } = await service.signUp();
      expect((await invite(service, host, { email: taken })).body.code).toBe("email_taken");
      expect(await service.mailsTo(email)).toEqual([]);
      expect((await invite(service, host, { email })).status).toBe(201);
      expect(await service.mailsTo(email)).toHaveLength(1);
    }));
});

describe("without a mail transport", () => {
  it("signing up works, and the routes that need mail are not there", () =>
    within({ MAIL_TRANSPORT: "none" }, async (service) => {
      const { email, access_token: token } = await service.signUp();
      for (const path of [
        "auth/email/verification",
        "auth/email/verify",
        "auth/password/forgot",
        "auth/password/reset",
        "auth/magic-link",
        "auth/magic-link/verify",
        "users/me/email",
        "admin/outbox",
        "admin/invitations",
      ]) {
        expect([path, (await service.call("POST", path, { json: { email }, token })).status]).toEqual([
          path,
          404,
        ]);
      }
      await service.logIn(email);
      const rows = await service.database.query("select 1 from auth.outbox");
      expect(rows).toEqual([]);
    }));
});
