import { beforeAll, describe, expect, it } from "vitest";
import { variables } from "../../src/config-variables.ts";
import { makeAdmin, operatorWith } from "../support/operators.ts";
import { useService } from "../support/service.ts";
import { skeletonOf } from "../support/skeleton.ts";
import { createVisitor } from "../support/visitor.ts";

const service = useService({ THROTTLE: "off" });
const markup = `"><img src=x onerror=alert(1)><script>alert(2)</script>'`;

type Visitor = ReturnType<typeof createVisitor>;
let admin: Visitor;
let adminId: string;

beforeAll(async () => {
  const { email, password, user } = await makeAdmin(service);
  adminId = user.id;
  admin = createVisitor(service);
  await admin.logIn(email, password);
});

const elements = (html: string, tag: string) => skeletonOf(html).filter((each) => each.startsWith(`${tag}[`));

describe("the list of users", () => {
  it("is searched, filtered and turned by links", async () => {
    const name = `Quill ${crypto.randomUUID().slice(0, 8)}`;
    for (let i = 0; i < 3; i++) await service.signUp({ name: `${name} ${i}` });
    const query = new URLSearchParams({
      q: name,
      sort: "name",
      limit: "2",
      status: "active",
      verified: "",
      mfa: "false",
    });
    const first = await admin.get(`/admin/users?${query}`);
    expect([first.text.includes(`${name} 0`), first.text.includes(`${name} 2`)]).toEqual([true, false]);
    const next = /<a href="([^"]+)">Older/.exec(first.text)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const second = await admin.get(next);
    expect([second.text.includes(`${name} 0`), second.text.includes(`${name} 2`)]).toEqual([false, true]);
    expect((await admin.get("/admin/users?sort=password_hash")).status).toBe(422);
  });

  it("suspends many, and says who was not and why", async () => {
    const one = await service.signUp();
    const two = await service.signUp();
    const form = new URLSearchParams([
      ["ids", one.user.id],
      ["ids", two.user.id],
      ["ids", adminId],
      ["reason", markup],
    ]);
    const reply = await service.call("POST", "/admin/users/suspend", {
      raw: form.toString(),
      headers: {
        ...admin.jar(),
        "sec-fetch-site": "same-origin",
        "content-type": "application/x-www-form-urlencoded",
      },
    });
    expect(reply.status).toBe(200);
    expect(reply.text).toContain("2 users are suspended.");
    expect(reply.text).toMatch(/Not suspended:.*(?:may not|must remain)/s);
    for (const { email, password } of [one, two])
      expect((await service.logIn(email, password)).status).toBe(403);
    const page = await admin.get(`/admin/users/${one.user.id}`);
    expect(page.text).toContain("Reinstate");
    expect([elements(page.text, "img").length, elements(page.text, "script").length]).toEqual([1, 0]);
  });

  it("shows nothing to do to who may only read, and takes nothing from them", async () => {
    const reader = await operatorWith(service, "users:read");
    const { user } = await service.signUp();
    const visitor = createVisitor(service);
    await visitor.logIn(reader.email, reader.password);
    for (const path of ["/admin/users", `/admin/users/${user.id}`]) {
      const { text } = await visitor.get(path);
      expect([...text.matchAll(/<form method="post" action="([^"]+)"/g)].map(([, action]) => action)).toEqual(
        ["/logout", "/language"],
      );
      expect(text).not.toContain("Timeline");
    }
    expect((await visitor.post(`/admin/users/${user.id}/suspend`)).status).toBe(403);
    expect((await visitor.get("/admin/audit")).status).toBe(403);
  });
});

describe("a user's page", () => {
  it("changes, gives roles, and shows what happened", async () => {
    const { user } = await service.signUp({ name: "Ada" });
    const at = `/admin/users/${user.id}`;
    const form0 = await admin.hidden(at);
    const saved = await admin.post(at, { ...form0, name: "Grace", email: user.email, email_verified: "on" });
    expect(saved.location).toBe(`${at}?done=saved`);
    const form = new URLSearchParams([
      ["was", "user"],
      ["roles", "user"],
      ["roles", "auditor"],
    ]);
    const headers = {
      ...admin.jar(),
      "sec-fetch-site": "same-origin",
      "content-type": "application/x-www-form-urlencoded",
    };
    expect((await service.call("POST", `${at}/roles`, { raw: form.toString(), headers })).status).toBe(303);
    const { text } = await admin.get(at);
    for (const part of ["Grace", "Confirmed", "auditor, user", "Roles changed", "Account created"])
      expect(text).toContain(part);
    const taken = await admin.post(at, {
      ...(await admin.hidden(at)),
      name: "Grace",
      email: "not an address",
    });
    expect(taken.status).toBe(422);
  });

  it("undoes nothing that happened since its forms were shown", async () => {
    const { user, email } = await service.signUp({ name: "Ada" });
    const at = `/admin/users/${user.id}`;
    const shown = await admin.hidden(at);
    await service.database.query(
      "update auth.users set email = 'moved-' || email, email_key = 'moved-' || email_key, email_verified = true where id = $1",
      [user.id],
    );
    await service.database.query("insert into auth.user_roles values ($1, 'auditor')", [user.id]);
    expect((await admin.post(at, { ...shown, name: "Grace", email })).status).toBe(303);
    const { text } = await admin.get(at);
    for (const part of ["Grace", `moved-${email}`, "Confirmed"]) expect(text).toContain(part);
    expect((await admin.post(`${at}/roles`, { was: "user", roles: "user" })).status).toBe(409);
  });

  it("is deleted by who types the address", async () => {
    const { user, email } = await service.signUp();
    const at = `/admin/users/${user.id}`;
    expect((await admin.post(`${at}/delete`, { email: "other@example.com" })).status).toBe(422);
    expect((await admin.post(`${at}/delete`, { email })).location).toBe("/admin/users");
    expect((await admin.get(at)).status).toBe(404);
  });
});

describe("the overview", () => {
  it("shows what happened today, as a chart and as a table", async () => {
    const numbers = async () => {
      const { text } = await admin.get("/admin");
      expect(elements(text, "svg")).toHaveLength(3);
      const row = /<tbody><tr><td>[\d-]+<\/td>(.*?)<\/tr>/s.exec(text)?.[1] ?? "";
      return [...row.matchAll(/>([\d,]+)</g)].map(([, count]) => Number(count?.replace(",", "")));
    };
    const [signUps = 0, , failures = 0] = await numbers();
    const { email } = await service.signUp();
    await service.logIn(email, "Wrong-horse-7");
    const [after = 0, , refused = 0] = await numbers();
    expect([after - signUps, refused - failures]).toEqual([1, 1]);
  });
});

describe("the audit log", () => {
  it("is filtered, exported, and says how far it is sealed", async () => {
    const { user } = await service.signUp();
    const page = await admin.get(`/admin/audit?subject=${user.id}&action=account.created&outcome=success`);
    expect(page.text).toContain("About 1 events");
    const file = await admin.get(`/admin/audit/export?subject=${user.id}&actor=`);
    const lines = file.text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.every((event) => event.subject_id === user.id)).toBe(true);
    expect(page.text).toContain("Nothing is sealed yet.");
    service.advance(600);
    await service.call("POST", "/dev/cron");
    expect((await admin.get("/admin/audit")).text).toMatch(/Sealed up to .* \(1 seals\)/);
    service.advance(-600);
  });
});

describe("a machine client", () => {
  it("is registered, gets a token by its secret, which is shown once, and is deleted", async () => {
    const form = {
      name: markup.slice(0, 60),
      auth_method: "client_secret_basic",
      scopes: "orders:read\nusers:read",
    };
    const made = await admin.post("/admin/clients", form);
    const secret = /gths_[A-Za-z0-9_-]+/.exec(made.text)?.[0] ?? "";
    const id = /<code>([0-9a-f-]{36})<\/code>/.exec(made.text)?.[1] ?? "";
    const authorization = `Basic ${btoa(`${id}:${secret}`)}`;
    const ask = () =>
      service.call("POST", "/oauth/token", {
        form: { grant_type: "client_credentials" },
        headers: { authorization },
      });
    expect((await ask()).status).toBe(200);
    const page = await admin.get(`/admin/clients/${id}`);
    expect(page.text).not.toContain(secret);
    expect([elements(page.text, "img").length, elements(page.text, "script").length]).toEqual([1, 0]);
    expect((await admin.post(`/admin/clients/${id}/delete`, { name: "Other" })).status).toBe(422);
    expect((await admin.post(`/admin/clients/${id}/delete`, { name: form.name })).status).toBe(303);
    expect((await ask()).status).toBe(401);
    const bad = await admin.post("/admin/clients", { ...form, auth_method: "private_key_jwt", jwks: "{" });
    expect(bad.status).toBe(422);
  });
});

describe("a role", () => {
  it("is made, changed and deleted on its page", async () => {
    const name = `r-${crypto.randomUUID().slice(0, 8)}`;
    expect((await admin.post("/admin/roles", { name, permissions: "users:read" })).status).toBe(303);
    expect((await admin.get("/admin/roles")).text).toContain(name);
    expect((await admin.post(`/admin/roles/${name}`, { mfa_required: "on" })).status).toBeLessThan(500);
    expect((await admin.post(`/admin/roles/${name}/delete`)).status).toBe(303);
    expect((await admin.post("/admin/roles", { name: "Not Good" })).status).toBe(422);
    expect((await admin.post("/admin/roles/admin/delete")).status).toBe(409);
  });
});

describe("the settings", () => {
  const canary = "canary7f3a";
  const planted = useService({
    MAIL_FROM: "Example <no-reply@example.com>",
    METRICS_TOKEN: `${canary}-metrics-token-of-some-length`,
    TURNSTILE_SECRET_KEY: `${canary}-turnstile`,
    MAIL_SMTP_URL: `smtp://user:${canary}@127.0.0.1:2525`,
    MAIL_RESEND_API_KEY: `${canary}-resend`,
    MAIL_POSTMARK_SERVER_TOKEN: `${canary}-postmark`,
    DATABASE_URL_UNPOOLED: `postgresql://app:${canary}@127.0.0.1:5432/app`,
    NEON_HTTP_ENDPOINT: `http://127.0.0.1:1/${canary}`,
  });

  it("are all there, with where each is set, and none that holds a secret is shown", async () => {
    const { text } = await admin.get("/admin/settings");
    for (const name of Object.keys(variables.shape)) expect(text).toContain(name);
    const { config } = planted.deps;
    const shown = JSON.stringify(config.settings);
    expect(shown).not.toContain(canary);
    const secrets = [
      config.databaseUrl,
      config.refreshToken.secret.current,
      config.databaseUrl.split(":")[2] ?? "",
    ];
    for (const secret of [...secrets, JSON.stringify(config.accessToken.signing)])
      expect(shown).not.toContain(secret.slice(0, 60));
    const from = config.settings.find(({ name }) => name === "MAIL_FROM");
    expect(from).toMatchObject({ source: "environment", value: "Example <no-reply@example.com>" });
  });
});
