import { describe, expect, it } from "vitest";
import { freshEmail, goodPassword } from "../support/client.ts";
import { useService } from "../support/service.ts";
import { createVisitor } from "../support/visitor.ts";

const service = useService({ THROTTLE: "off" });
const required = useService({ THROTTLE: "off", EMAIL_VERIFICATION: "required" });
const newPassword = "Another-horse-8";
const sessionCookie = "__Host-session";

type Visitor = ReturnType<typeof createVisitor>;

const isIn = async (visitor: Visitor) => (await visitor.get("/account")).status === 200;

/** Follows the link of the newest mail, and answers what the browser was told before the clean page. */
async function openMail(visitor: Visitor, email: string, template: string, on = service) {
  const { link, token } = await on.mailTo(email, template);
  const { pathname, search } = new URL(link);
  const reply = await visitor.get(`${pathname}${search}`);
  expect([reply.status, reply.location, reply.text]).toEqual([303, pathname, ""]);
  expect(JSON.stringify([...reply.headers])).not.toMatch(new RegExp(`location[^\\]]*${token.slice(-20)}`));
  const page = await visitor.get(pathname);
  expect(page.status).toBe(200);
  expect(page.text).not.toContain(token);
  expect(page.headers.get("referrer-policy")).toBe("no-referrer");
  return { token, page };
}

describe("signing up by a form", () => {
  it("makes an account, signs in, and leads to where it was asked for", async () => {
    const visitor = createVisitor(service);
    const email = freshEmail();
    const form = { email, password: goodPassword, name: "Ada" };
    const reply = await visitor.post("/signup?return_to=%2Faccount%2Fsessions", form);
    expect([reply.status, reply.location]).toEqual([303, "/account/sessions"]);
    expect((await visitor.get("/account")).text).toContain(email);
  });

  it("says what is wrong beside the field, and keeps what was typed but the password", async () => {
    const reply = await createVisitor(service).post("/signup", {
      email: "ada@example.com",
      password: "short",
      name: "Ada",
    });
    expect(reply.status).toBe(422);
    expect(reply.text).toMatch(/id="field-password-fault">This is too short/);
    expect(reply.text).toContain('value="ada@example.com"');
    expect(reply.text).not.toContain('value="short"');
  });

  it("with verification required makes the account by the code of the mail, in the browser that asked", async () => {
    const visitor = createVisitor(required);
    const email = freshEmail();
    const asked = await visitor.post("/signup", { email, password: goodPassword });
    expect([asked.status, asked.location]).toEqual([303, "/verify-email"]);
    expect((await required.logIn(email)).status).toBe(401);
    const { code } = await required.mailTo(email, "verify_email");
    const done = await visitor.post("/verify-email", { by: "code", code });
    expect([done.status, done.location]).toEqual([303, "/login?done=verified"]);
    await visitor.logIn(email, goodPassword);
  });

  it("by an invitation takes the invited address, and no other", async () => {
    const admin = await service.signUp();
    await service.database.query("insert into auth.user_roles values ($1, 'admin')", [admin.user.id]);
    const email = freshEmail();
    const json = { email, roles: ["user"] };
    expect(
      (await service.call("POST", "admin/invitations", { token: admin.access_token, json })).status,
    ).toBe(201);
    const visitor = createVisitor(service);
    const { page } = await openMail(visitor, email, "invitation");
    expect(page.text).toContain("You are invited.");
    expect((await visitor.post("/signup", { email: freshEmail(), password: goodPassword })).status).toBe(422);
    expect((await visitor.post("/signup", { email, password: goodPassword })).location).toBe("/account");
    expect((await visitor.get("/account")).text).toContain("Confirmed");
  });
});

describe("confirming an address", () => {
  it("takes a press of the button by whoever is signed in; the link alone does nothing", async () => {
    const { email, password } = await service.signUp();
    const visitor = createVisitor(service);
    await visitor.logIn(email, password);
    for (const _ of "scanner") await openMail(createVisitor(service), email, "verify_email");
    await openMail(visitor, email, "verify_email");
    expect((await visitor.get("/account")).text).toContain("Not confirmed");
    const done = await visitor.post("/verify-email", { ...(await visitor.hidden("/verify-email")) });
    expect([done.status, done.location]).toEqual([303, "/account?done=verified"]);
    expect((await visitor.get("/account")).text).not.toContain("Not confirmed");
  });

  it("takes the password of whoever is not, or a new one that takes the account over", async () => {
    const squatter = await service.signUp();
    const visitor = createVisitor(service);
    await openMail(visitor, squatter.email, "verify_email");
    expect(
      (
        await visitor.post("/verify-email", {
          ...(await visitor.hidden("/verify-email")),
          password: "Wrong-horse-7",
        })
      ).status,
    ).toBe(422);
    const taken = await visitor.post("/verify-email", {
      ...(await visitor.hidden("/verify-email")),
      new_password: newPassword,
    });
    expect([taken.status, taken.location]).toEqual([303, "/login?done=verified"]);
    expect((await service.logIn(squatter.email, squatter.password)).status).toBe(401);
    await visitor.logIn(squatter.email, newPassword);
  });

  it("by somebody else's session fails, and asks for the password instead", async () => {
    const { email, password } = await service.signUp();
    const other = await service.signUp();
    const visitor = createVisitor(service);
    await visitor.logIn(other.email, other.password);
    await openMail(visitor, email, "verify_email");
    const refused = await visitor.post("/verify-email", { ...(await visitor.hidden("/verify-email")) });
    expect([refused.status, refused.text.includes('name="password"')]).toEqual([422, true]);
    expect(
      (await visitor.post("/verify-email", { ...(await visitor.hidden("/verify-email")), password })).status,
    ).toBe(303);
  });
});

describe("a forgotten password", () => {
  it("is replaced by the link of a mail, which ends every session", async () => {
    const { email, password } = await service.signUp();
    const before = createVisitor(service);
    await before.logIn(email, password);
    const visitor = createVisitor(service);
    const asked = await visitor.post("/forgot-password", { email });
    expect(asked.location).toBe("/forgot-password?done=sent");
    await openMail(visitor, email, "password_reset");
    expect(
      (
        await visitor.post("/reset-password", {
          ...(await visitor.hidden("/reset-password")),
          new_password: "short",
        })
      ).status,
    ).toBe(422);
    const done = await visitor.post("/reset-password", {
      ...(await visitor.hidden("/reset-password")),
      new_password: newPassword,
    });
    expect([done.status, done.location]).toEqual([303, "/login?done=reset"]);
    expect((await visitor.get("/login?done=reset")).text).toContain("Your password is changed.");
    expect(await isIn(before)).toBe(false);
    await visitor.logIn(email, newPassword);
    expect(
      (
        await visitor.post("/reset-password", {
          ...(await visitor.hidden("/reset-password")),
          new_password: goodPassword,
        })
      ).status,
    ).toBe(422);
  });

  it("is set for the account whose link the form was shown for, whatever link was opened since", async () => {
    const one = await service.signUp();
    const two = await service.signUp();
    const visitor = createVisitor(service);
    for (const { email } of [one, two]) await visitor.post("/forgot-password", { email });
    await openMail(visitor, one.email, "password_reset");
    const form = { ...(await visitor.hidden("/reset-password")), new_password: newPassword };
    await openMail(visitor, two.email, "password_reset");
    expect((await visitor.post("/reset-password", form)).status).toBe(422);
    expect((await service.logIn(two.email, two.password)).status).toBe(200);
  });

  it("signs out whoever else is signed in here, on the server too", async () => {
    const [owner, other] = [await service.signUp(), await service.signUp()];
    const visitor = createVisitor(service);
    await visitor.logIn(other.email, other.password);
    const kept = visitor.cookies.get(sessionCookie) ?? "";
    await visitor.post("/forgot-password", { email: owner.email });
    await openMail(visitor, owner.email, "password_reset");
    const form = { ...(await visitor.hidden("/reset-password")), new_password: newPassword };
    expect((await visitor.post("/reset-password", form)).status).toBe(303);
    visitor.cookies.set(sessionCookie, kept);
    expect(await isIn(visitor)).toBe(false);
  });

  it("says the same for every address, and of a bad link where to get another", async () => {
    const one = await createVisitor(service).post("/forgot-password", { email: freshEmail() });
    expect([one.status, one.location]).toEqual([303, "/forgot-password?done=sent"]);
    const visitor = createVisitor(service);
    for (const token of ["x", "a.b.c", "%00", "", "x".repeat(3000)]) {
      const before = service.statements.length;
      expect((await visitor.get(`/reset-password?token=${token}`)).location).toBe("/reset-password");
      const page = await visitor.get("/reset-password");
      expect([page.status, page.text.includes("/forgot-password")]).toEqual([200, true]);
      expect(service.statements.length).toBe(before);
    }
  });
});

describe("signing in by mail", () => {
  it("works by the link in the browser that asked", async () => {
    const { email } = await service.signUp();
    const visitor = createVisitor(service);
    expect((await visitor.post("/magic-link", { email })).location).toBe("/magic-link");
    await openMail(visitor, email, "magic_link");
    expect(await isIn(visitor)).toBe(false);
    const done = await visitor.post("/magic-link/link");
    expect([done.status, done.location, await isIn(visitor)]).toEqual([303, "/account", true]);
    expect([...visitor.cookies.keys()]).toEqual([sessionCookie]);
  });

  it("elsewhere shows the code to type there, and signs nobody in", async () => {
    const { email } = await service.signUp();
    const asking = createVisitor(service);
    await asking.post("/magic-link?return_to=%2Faccount%2Fdata", { email });
    const elsewhere = createVisitor(service);
    const { page } = await openMail(elsewhere, email, "magic_link");
    expect(page.text).not.toContain("/magic-link/link");
    expect((await elsewhere.post("/magic-link/link")).status).toBe(422);
    for (const _ of "more than five") {
      const shown = (await elsewhere.post("/magic-link/reveal")).text;
      expect(shown).toMatch(/class="code">\d{4} \d{4}</);
    }
    const code = /class="code">([\d ]+)</.exec((await elsewhere.post("/magic-link/reveal")).text)?.[1] ?? "";
    expect((await elsewhere.post("/magic-link/code", { code })).status).toBe(422);
    expect(await isIn(elsewhere)).toBe(false);
    const done = await asking.post("/magic-link/code?return_to=%2Faccount%2Fdata", { code });
    expect([done.status, done.location]).toEqual([303, "/account/data"]);
  });
});

describe("where a sign-in leads", () => {
  const elsewhere = [
    "//evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "https://evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/\t/evil.example",
    "/\n/evil.example",
    "/%0a\u0000",
    "account",
    "",
    "@evil.example",
    "/account\u2028",
    "/../..//evil.example",
    "/.//evil.example",
    "http://localhost:8787/account",
    "x".repeat(600),
  ];

  it.each(["/login", "/signup", "/mfa", "/magic-link"])(
    "%s refuses every form but a path of ours",
    async (page) => {
      for (const target of elsewhere) {
        const visitor = createVisitor(service);
        visitor.cookies.set("__Host-mfa", "x~totp");
        const query = new URLSearchParams({ return_to: target });
        const { status, location } = await visitor.get(`${page}?${query}`);
        expect([page, target, status, location]).toEqual([page, target, 422, null]);
      }
      const twice = await createVisitor(service).get(`${page}?return_to=/account&return_to=//evil.example`);
      expect([twice.status, twice.location]).toEqual([422, null]);
    },
  );

  it("is decided before anything is done", async () => {
    const { email, password } = await service.signUp();
    const visitor = createVisitor(service);
    const reply = await visitor.post("/login?return_to=%2F%2Fevil.example", { email, password });
    expect([reply.status, reply.location, visitor.cookies.size]).toEqual([422, null, 0]);
  });
});
