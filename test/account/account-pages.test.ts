import { describe, expect, it } from "vitest";
import { enrolOnPage, newPasskey } from "../support/pages/account-pages.ts";
import { useService } from "../support/service.ts";
import { createVisitor } from "../support/visitor.ts";

const service = useService({ THROTTLE: "off" });
const cookie = "__Host-session";

async function signedIn() {
  const account = await service.signUp();
  const visitor = createVisitor(service);
  await visitor.logIn(account.email, account.password);
  return { account, visitor, service };
}

type Visitor = ReturnType<typeof createVisitor>;
const isIn = async (visitor: Visitor) => (await visitor.get("/account")).status === 200;

/** Does what makes a session worth more, and answers whether the cookie from before is good for anything. */
async function step(visitor: Visitor, work: () => Promise<{ status: number }>) {
  const before = visitor.cookies.get(cookie) ?? "";
  expect((await work()).status).toBeLessThan(400);
  const after = visitor.cookies.get(cookie);
  const thief = createVisitor(service);
  thief.cookies.set(cookie, before);
  return { isNew: after !== before, goesOn: await isIn(visitor), oldIsDead: !(await isIn(thief)) };
}

const renewed = { isNew: true, goesOn: true, oldIsDead: true };

describe("a session of the pages gets another id", () => {
  it("with a new password, and every other session ends", async () => {
    const { account, visitor } = await signedIn();
    const form = { current_password: account.password, new_password: "Another-horse-8" };
    expect(await step(visitor, () => visitor.post("/account/password", form))).toEqual(renewed);
    expect((await service.call("GET", "users/me", { token: account.access_token })).status).toBe(401);
  });

  it("with an authenticator app, whose recovery codes are shown once", async () => {
    const { visitor } = await signedIn();
    const code = await enrolOnPage({ service, visitor });
    let shown = "";
    const confirm = async () => {
      const reply = await visitor.post("/account/two-factor/confirm", { code });
      shown = /<pre id="secret" class="secret">([^<]+)</.exec(reply.text)?.[1] ?? "";
      return reply;
    };
    expect(await step(visitor, confirm)).toEqual(renewed);
    const codes = shown.split("\n");
    expect(codes).toHaveLength(10);
    for (const page of ["/account/security", "/account/two-factor"]) {
      const { text } = await visitor.get(page);
      for (const each of codes) expect(text).not.toContain(each);
    }
    expect(JSON.stringify(service.logs)).not.toContain(codes[0]);
  });

  it("with a passkey", async () => {
    const { visitor } = await signedIn();
    const form = await newPasskey({ visitor });
    expect(await step(visitor, () => visitor.post("/account/passkeys", form))).toEqual(renewed);
    expect((await visitor.get("/account/passkeys")).text).toContain("Work laptop");
  });
});

describe("what is somebody else's", () => {
  it("is not found, and stays", async () => {
    const { account } = await signedIn();
    const stranger = await signedIn();
    const sessions = await service.call<{ data: { id: string }[] }>("GET", "users/me/sessions", {
      token: account.access_token,
    });
    const key = await service.call<{ id: string }>("POST", "users/me/api-keys", {
      token: account.access_token,
      json: { name: "Mine", scopes: [] },
    });
    const { id } = sessions.body.data[0] ?? { id: "" };
    for (const path of [`/account/sessions/${id}/end`, `/account/api-keys/${key.body.id}/revoke`]) {
      expect([path, (await stranger.visitor.post(path)).status]).toEqual([path, 404]);
    }
    expect((await service.call("GET", "users/me", { token: account.access_token })).status).toBe(200);
  });
});

describe("what takes a recent sign-in", () => {
  it("leads to the confirmation and back, and changes nothing before", async () => {
    const { account, visitor } = await signedIn();
    service.advance(3600);
    const asked = await visitor.post(
      "/account/data/delete",
      { email: account.email },
      {
        referer: "http://localhost:8787/account/data",
      },
    );
    expect([asked.status, asked.location]).toEqual([303, "/account/confirm?return_to=%2Faccount%2Fdata"]);
    expect(await isIn(visitor)).toBe(true);
    const back = await visitor.post("/account/confirm?return_to=%2Faccount%2Fdata", {
      method: "password",
      password: account.password,
    });
    expect(back.location).toBe("/account/data");
    const wrong = await visitor.post("/account/data/delete", { email: "other@example.com" });
    expect([wrong.status, await isIn(visitor)]).toEqual([422, true]);
    const done = await visitor.post("/account/data/delete", { email: account.email.toUpperCase() });
    expect(done.location).toBe("/login?done=deleted");
    expect(visitor.cookies.size).toBe(0);
    expect((await service.logIn(account.email, account.password)).status).toBe(401);
  });

  it("leads whoever needs two factors and has none to where one is set up", async () => {
    const { account, visitor } = await signedIn();
    await service.database.query("insert into auth.roles values ('careful', '{stats:read}', now(), true)");
    await service.database.query("insert into auth.user_roles values ($1, 'careful')", [account.user.id]);
    expect((await visitor.get("/admin")).location).toBe("/account/two-factor?needed");
    expect((await visitor.get("/account/two-factor?needed")).text).toContain("A second factor is needed");
  });
});

describe("an API key made on the page", () => {
  it("is shown once, works, and ends", async () => {
    const { visitor } = await signedIn();
    const made = await visitor.post("/account/api-keys", { name: "Nightly export", expires: "2099-12-31" });
    const key = /gthk_[A-Za-z0-9_-]+/.exec(made.text)?.[0] ?? "";
    const ask = () => service.call("GET", "users/me", { token: key });
    expect((await ask()).status).toBe(200);
    const { text } = await visitor.get("/account/api-keys");
    expect(text).not.toContain(key);
    const id = /api-keys\/([0-9a-f-]{36})\/revoke/.exec(text)?.[1];
    expect((await visitor.post(`/account/api-keys/${id}/revoke`)).status).toBe(303);
    expect((await ask()).status).toBe(401);
    const past = await visitor.post("/account/api-keys", { name: "Late", expires: "2001-01-01" });
    expect(past.status).toBe(422);
  });
});

describe("the activity of an account", () => {
  it("names what happened, and says of what operators did not from where", async () => {
    const { account, visitor } = await signedIn();
    const admin = await service.signUp();
    await service.database.query("insert into auth.user_roles values ($1, 'admin')", [admin.user.id]);
    const json = { reason: "a secret reason" };
    const at = `admin/users/${account.user.id}`;
    expect(
      (await service.call("POST", `${at}/suspend`, { token: admin.access_token, json, ip: "198.51.100.7" }))
        .status,
    ).toBe(200);
    expect((await service.call("POST", `${at}/reinstate`, { token: admin.access_token })).status).toBe(200);
    await visitor.logIn(account.email, account.password);
    const { text } = await visitor.get("/account/activity");
    for (const part of ["Account created", "Signed in", "Account suspended", "by an operator"])
      expect(text).toContain(part);
    expect(text).not.toContain("198.51.100.7");
    expect(text).not.toContain("a secret reason");
  });
});
