import { describe, expect, it } from "vitest";
import { createAuthenticator } from "../support/authenticator.ts";
import { enrol } from "../support/factors.ts";
import { passkeysIn } from "../support/passkeys.ts";
import { useService } from "../support/service.ts";
import { createVisitor } from "../support/visitor.ts";

const service = useService({ THROTTLE: "off", TRUSTED_DEVICE_DAYS: "30" });
const sessionCookie = "__Host-session";

type Visitor = ReturnType<typeof createVisitor>;

const isIn = async (visitor: Visitor) => (await visitor.get("/account")).status === 200;

describe("the second step", () => {
  it("takes a code of the app, then leaves a trusted device alone", async () => {
    const account = await enrol(service);
    const visitor = createVisitor(service);
    const form = { email: account.email, password: account.password };
    const first = await visitor.post("/login?return_to=%2Faccount%2Fdata", form);
    expect([first.location, visitor.cookies.has(sessionCookie)]).toEqual([
      "/mfa?return_to=%2Faccount%2Fdata",
      false,
    ]);
    expect((await visitor.post("/mfa", { method: "totp", code: "000000" })).status).toBe(422);
    const code = account.code();
    const done = await visitor.post("/mfa?return_to=%2Faccount%2Fdata", {
      method: "totp",
      code,
      trust_device: "on",
    });
    expect([done.status, done.location]).toEqual([303, "/account/data"]);
    await visitor.post("/logout");
    expect((await visitor.post("/login", form)).location).toBe("/account");
  });

  it("takes a recovery code once", async () => {
    const account = await enrol(service);
    const form = { email: account.email, password: account.password };
    const code = account.recoveryCodes[0] ?? "";
    for (const status of [303, 422]) {
      const visitor = createVisitor(service);
      await visitor.post("/login", form);
      expect((await visitor.post("/mfa", { method: "recovery_code", code })).status).toBe(status);
    }
  });

  it("takes a passkey, and a passkey alone needs no second", async () => {
    const account = await service.signUp();
    const { authenticator } = await passkeysIn(service).enrol(account.access_token);
    const visitor = createVisitor(service);
    await visitor.post("/login", { email: account.email, password: account.password });
    const page = await visitor.get("/mfa");
    const options = JSON.parse(
      /data-options="([^"]+)"/.exec(page.text)?.[1]?.replaceAll("&quot;", '"').replaceAll("&amp;", "&") ?? "",
    );
    const form = { flow_id: options.flow_id, credential: JSON.stringify(authenticator.assert(options)) };
    expect((await visitor.post("/mfa/passkey", form)).location).toBe("/account");
    const alone = createVisitor(service);
    const asked = await passkeysIn(service).requestOptions();
    const answer = { flow_id: asked.flow_id, credential: JSON.stringify(authenticator.assert(asked)) };
    expect((await alone.post("/login/passkey?return_to=%2Faccount%2Fdata", answer)).location).toBe(
      "/account/data",
    );
    expect((await createVisitor(service).post("/login/passkey", answer)).status).toBe(422);
    const stranger = createAuthenticator();
    const again = await passkeysIn(service).requestOptions();
    const forged = { flow_id: again.flow_id, credential: JSON.stringify({ ...stranger, id: "x" }) };
    expect((await createVisitor(service).post("/login/passkey", forged)).status).toBe(422);
  });
});

describe("confirming that it is you", () => {
  it("makes the session fresh under a new id, and the id of before is dead", async () => {
    const { email, password } = await service.signUp();
    const visitor = createVisitor(service);
    await visitor.logIn(email, password);
    const before = visitor.cookies.get(sessionCookie) ?? "";
    expect(
      (await visitor.post("/account/confirm", { method: "password", password: "Wrong-horse-7" })).status,
    ).toBe(422);
    const done = await visitor.post("/account/confirm?return_to=%2Faccount%2Fdata", {
      method: "password",
      password,
    });
    expect([done.status, done.location]).toEqual([303, "/account/data"]);
    expect(visitor.cookies.get(sessionCookie)).not.toBe(before);
    expect(await isIn(visitor)).toBe(true);
    visitor.cookies.set(sessionCookie, before);
    expect(await isIn(visitor)).toBe(false);
  });

  it("asks for the strongest factor there is", async () => {
    const account = await enrol(service);
    const visitor = createVisitor(service);
    await visitor.post("/login", { email: account.email, password: account.password });
    await visitor.post("/mfa", { method: "totp", code: account.code() });
    const page = (await visitor.get("/account/confirm")).text;
    expect([page.includes('value="totp"'), page.includes('value="password"')]).toEqual([true, false]);
    service.advance(60);
    const done = await visitor.post("/account/confirm", { method: "totp", code: account.code(0) });
    expect(done.location).toBe("/account");
  });

  it("posted twice signs nobody out", async () => {
    const { email, password } = await service.signUp();
    const visitor = createVisitor(service);
    await visitor.logIn(email, password);
    const before = visitor.cookies.get(sessionCookie) ?? "";
    await visitor.post("/account/confirm", { method: "password", password });
    const after = visitor.cookies.get(sessionCookie) ?? "";
    visitor.cookies.set(sessionCookie, before);
    const late = await visitor.post("/account/confirm", { method: "password", password });
    expect([late.status, late.headers.getSetCookie()]).toEqual([303, []]);
    visitor.cookies.set(sessionCookie, after);
    expect(await isIn(visitor)).toBe(true);
  });

  it("goes by a mailed code where there is neither password nor factor", async () => {
    const { email, password, user } = await service.signUp();
    const visitor = createVisitor(service);
    await visitor.logIn(email, password);
    await service.database.query(
      "update auth.users set password_hash = null, email_verified = true where id = $1",
      [user.id],
    );
    expect((await visitor.post("/account/confirm/mail")).location).toBe("/account/confirm");
    const { code } = await service.mailTo(email, "magic_link");
    expect((await visitor.post("/account/confirm", { method: "email_code", code })).location).toBe(
      "/account",
    );
  });
});
