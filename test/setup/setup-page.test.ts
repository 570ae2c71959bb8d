import { beforeEach, describe, expect, it } from "vitest";
import { createAdmin } from "../../src/admin/create-admin.ts";
import { sealChallenge } from "../../src/challenge/challenge.ts";
import { setupLink } from "../../src/setup/setup-token.ts";
import { createAuthenticator } from "../support/authenticator.ts";
import { freshEmail, goodPassword } from "../support/client.ts";
import { holdLock } from "../support/lock.ts";
import { makeAdmin } from "../support/operators.ts";
import { useService } from "../support/service.ts";
import { createVisitor } from "../support/visitor.ts";

const service = useService({ THROTTLE: "off" });

const pathOf = (link: string) => link.slice(new URL(link).origin.length);
const admins = () =>
  service.database.query<{ email: string; email_verified: boolean; has_password: boolean; passkeys: number }>(
    `select u.email, u.email_verified, u.password_hash is not null as has_password, u.passkeys
     from auth.users u join auth.user_roles r on r.user_id = u.id where r.role = 'admin'`,
  );
const statementsOf = async (work: () => Promise<unknown>) => {
  const before = service.statements.length;
  await work();
  return service.statements.length - before;
};

/** Somebody who has followed the link. */
async function invited(link = setupLink(service.deps)) {
  const visitor = createVisitor(service);
  const reply = await visitor.get(pathOf(link));
  expect([reply.status, reply.location]).toEqual([303, "/setup"]);
  return visitor;
}

function optionsOf(page: string) {
  const text = /data-setup="([^"]*)"/.exec(page)?.[1] ?? "";
  return JSON.parse(text.replaceAll("&quot;", '"').replaceAll("&amp;", "&"));
}

beforeEach(() => service.database.query("delete from auth.user_roles where role = 'admin'"));

describe("the first run", () => {
  it("takes the token out of the address, and tells nobody of it", async () => {
    const visitor = createVisitor(service);
    const link = pathOf(setupLink(service.deps));
    expect(await statementsOf(() => visitor.get(link))).toBe(0);
    const reply = await visitor.get(link);
    expect(reply.headers.get("referrer-policy")).toBe("no-referrer");
    expect(reply.headers.getSetCookie()[0]).toMatch(/^__Host-proof=.*Max-Age=1800; .*HttpOnly; Secure/);
    const page = await visitor.get("/setup");
    expect([page.status, page.headers.get("referrer-policy")]).toEqual([200, "no-referrer"]);
  });

  it("makes an admin with a password, signed in, and is gone", async () => {
    const link = setupLink(service.deps);
    const [visitor, other] = [await invited(link), await invited(link)];
    const email = freshEmail();
    const form = { email, name: "Ada Lovelace", password: goodPassword };
    const reply = await visitor.post("/setup", form);
    expect([reply.status, reply.location]).toEqual([303, "/admin"]);
    expect(await admins()).toEqual([{ email, email_verified: true, has_password: true, passkeys: 0 }]);
    expect(visitor.cookies.has("__Host-proof")).toBe(false);
    expect((await visitor.get("/account")).text).toContain("admin, user");
    const { body } = await service.logIn(email);
    expect((await service.call("GET", "admin/stats", { token: body.access_token })).status).toBe(200);
    const [event] = await service.database.query(
      `select e.action, d.text from auth.audit_events e join auth.audit_details d on d.event_id = e.id
       join auth.users u on u.id = e.subject_id and u.id = e.actor_id where u.email = $1 order by e.occurred_at limit 1`,
      [email],
    );
    expect(event).toEqual({ action: "account.created", text: "by setup, with a password" });

    for (const each of [other, await invited(), await invited(link)]) {
      expect((await each.get("/setup")).status).toBe(404);
      expect((await each.post("/setup", { ...form, email: freshEmail() })).status).toBe(404);
    }
    expect(await admins()).toHaveLength(1);
  });

  it("makes an admin with a passkey, of two factors from the start, and shows the recovery codes once", async () => {
    const visitor = await invited();
    const options = optionsOf((await visitor.get("/setup")).text);
    expect(options.authenticatorSelection.userVerification).toBe("required");
    const passkey = createAuthenticator();
    const email = freshEmail();
    const form = {
      email,
      flow_id: options.flow_id,
      credential: JSON.stringify(passkey.register(options)),
    };
    const reply = await visitor.post("/setup", form);
    expect(reply.status).toBe(200);
    expect(reply.text.match(/\b[0-9a-z]{4}(-[0-9a-z]{4}){3}\b/g)).toHaveLength(10);
    expect(await admins()).toEqual([{ email, email_verified: true, has_password: false, passkeys: 1 }]);
    const rows = await service.database.query(
      `select s.acr, s.amr, s.client_id, s.factor_id = p.id as by_passkey,
         (select count(*)::int from auth.recovery_codes c where c.user_id = u.id) as codes
       from auth.users u join auth.sessions s on s.user_id = u.id join auth.passkeys p on p.user_id = u.id where u.email = $1`,
      [email],
    );
    expect(rows).toEqual([
      {
        acr: "urn:gatehouse:acr:2",
        amr: ["hwk", "user", "mfa"],
        client_id: "pages",
        by_passkey: true,
        codes: 10,
      },
    ]);
    // The passkey signs in afterwards, by the API.
    const asked = await service.call<{ challenge: string; rpId: string; flow_id: string }>(
      "POST",
      "auth/passkey/options",
      { json: {} },
    );
    const signedIn = await service.call("POST", "auth/passkey", {
      json: { flow_id: asked.body.flow_id, credential: passkey.assert(asked.body) },
    });
    expect(signedIn.status).toBe(200);
  });

  it("refuses a passkey that answers something else, and leaves the link good", async () => {
    const visitor = await invited();
    const options = optionsOf((await visitor.get("/setup")).text);
    const twisted = [
      createAuthenticator({ origin: "https://evil.example" }).register(options),
      createAuthenticator().register({ ...options, challenge: "AAAA" }),
      createAuthenticator().register(options, { userVerified: false }),
    ];
    for (const answer of twisted) {
      const form = { email: freshEmail(), flow_id: options.flow_id, credential: JSON.stringify(answer) };
      expect((await visitor.post("/setup", form)).status).toBe(422);
    }
    const foreign = sealChallenge(
      service.deps,
      "passkey_registration",
      { challenge: options.challenge },
      300,
    );
    const form = {
      email: freshEmail(),
      flow_id: foreign.text,
      credential: JSON.stringify(createAuthenticator().register(options)),
    };
    expect((await visitor.post("/setup", form)).status).toBe(422);
    for (const credential of ["{", "[]", "{}"]) {
      const reply = await visitor.post("/setup", { ...form, credential });
      expect([credential, reply.status]).toEqual([credential, 422]);
    }
    expect(await admins()).toEqual([]);
    expect((await visitor.get("/setup")).status).toBe(200);
  });

  it("says what is wrong beside its field, keeps what was typed but the password, and makes nobody", async () => {
    const visitor = await invited();
    const { email: taken } = await service.signUp();
    const weak = await visitor.post("/setup", { email: "ada@example.com", name: "Ada", password: "short" });
    expect(weak.status).toBe(422);
    expect(weak.text).toContain('id="field-password-fault"');
    expect(weak.text).toContain('value="ada@example.com"');
    expect(weak.text).not.toContain('value="short"');
    const noAddress = await visitor.post("/setup", { email: "nobody", password: goodPassword });
    expect([noAddress.status, noAddress.text.includes('id="field-email-fault"')]).toEqual([422, true]);
    expect((await visitor.post("/setup", { email: freshEmail() })).status).toBe(422);
    expect((await visitor.post("/setup", { email: taken, password: goodPassword })).status).toBe(409);
    expect(await admins()).toEqual([]);
    // None of it has used the link up.
    expect((await visitor.post("/setup", { email: freshEmail(), password: goodPassword })).status).toBe(303);
  });

  /** Lines `acts` up, in their order, behind the role that makes an admin, each having seen that there is none. */
  async function lineUp(acts: (() => Promise<unknown>)[]) {
    const lock = await holdLock(
      service.database,
      "select 1 from auth.roles where name = 'admin' for no key update",
      [],
    );
    const done = [];
    for (const [index, act] of acts.entries()) {
      done.push(act());
      await lock.waiters(index + 1);
    }
    await lock.release();
    return Promise.all(done);
  }
  const finish = (visitor: Awaited<ReturnType<typeof invited>>) => () =>
    visitor
      .post("/setup", { email: freshEmail(), password: goodPassword })
      .then((reply: { status: number }) => reply.status);

  it("makes one admin of any number at once, by one link or by several", async () => {
    const link = setupLink(service.deps);
    const links = Array.from({ length: 6 }, (_, i) => (i % 2 === 0 ? link : setupLink(service.deps)));
    const visitors = await Promise.all(links.map((each) => invited(each)));
    expect(await lineUp(visitors.map(finish))).toEqual([303, 404, 404, 404, 404, 404]);
    expect(await admins()).toHaveLength(1);
  });

  it("sees whom admin:create makes an admin at that very moment", async () => {
    const { email } = await service.signUp();
    for (const address of [email, freshEmail()]) {
      await service.database.query("delete from auth.user_roles where role = 'admin'");
      const [, status] = await lineUp([
        () => createAdmin(service.deps, address, async () => goodPassword),
        finish(await invited()),
      ]);
      expect([address, status]).toEqual([address, 404]);
      expect(await admins()).toMatchObject([{ email: address }]);
    }
  });

  it("is used up with its admin: not even after that one is gone is it good again", async () => {
    const link = setupLink(service.deps);
    const visitor = await invited(link);
    expect((await visitor.post("/setup", { email: freshEmail(), password: goodPassword })).status).toBe(303);
    await service.database.query("delete from auth.user_roles where role = 'admin'");
    expect((await (await invited(link)).get("/setup")).status).toBe(404);
  });

  it("does not exist for whoever has no link, a forged or an old one, without a statement", async () => {
    const own = pathOf(setupLink(service.deps));
    const token = own.slice("/setup?token=".length);
    const [kid, body = "", tag] = token.split(".");
    const later = Buffer.from(body, "base64url")
      .toString()
      .replace(/"expiresAt":\d+/, '"expiresAt":9999999999');
    const forged = [
      "",
      "x",
      `${token}x`,
      `${kid}.${Buffer.from(later).toString("base64url")}.${tag}`,
      sealChallenge(service.deps, "mfa", {}, 1800).text,
    ];
    const expired = pathOf(setupLink(service.deps)).slice("/setup?token=".length);
    for (const text of forged) {
      const visitor = createVisitor(service);
      visitor.cookies.set("__Host-proof", text);
      const sent = await statementsOf(async () => {
        expect((await visitor.get(`/setup?token=${text}`)).status).toBe(404);
        expect((await visitor.get("/setup")).status).toBe(404);
        const form = { email: freshEmail(), password: goodPassword };
        expect((await visitor.post("/setup", form)).status).toBe(404);
      });
      expect([text, sent]).toEqual([text, 0]);
    }
    const visitor = createVisitor(service);
    visitor.cookies.set("__Host-proof", expired);
    service.advance(1801);
    const sent = await statementsOf(async () => {
      expect((await visitor.get(`/setup?token=${expired}`)).status).toBe(404);
      expect((await visitor.get("/setup")).status).toBe(404);
    });
    service.advance(-1801);
    expect(sent).toBe(0);
    expect(await admins()).toEqual([]);
  });

  it("is gone where there is an admin already, however that one was made", async () => {
    const visitor = await invited();
    await makeAdmin(service);
    expect((await visitor.get("/setup")).status).toBe(404);
    const form = { email: freshEmail(), password: goodPassword };
    expect((await visitor.post("/setup", form)).status).toBe(404);
    expect(await admins()).toHaveLength(1);
  });
});
