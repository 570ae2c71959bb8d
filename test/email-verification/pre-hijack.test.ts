import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshEmail, goodPassword, type Tokens } from "../support/client.ts";
import { countFactors, giveFactors } from "../support/given-factors.ts";
import { type Service, startService } from "../support/service.ts";

const attackerPassword = "Attacker-horse-6";
const victimPassword = "Victim-horse-7";

let service: Service & { close(): Promise<void> };

const post = <T = Record<string, unknown>>(path: string, json: unknown, token?: string) =>
  service.call<T>("POST", path, token === undefined ? { json } : { json, token });

/** Everything an attacker who signed up first may still hold. */
type Holdings = { tokens: Tokens; second: Tokens; ownAddress: string };

async function hijack(email: string): Promise<Holdings> {
  const tokens = await service.signUp({ email, password: attackerPassword });
  const second = (await service.logIn(email, attackerPassword)).body;
  const ownAddress = freshEmail();
  // A change of address in waiting, to be confirmed once the victim uses the account.
  await post("users/me/email", { new_email: ownAddress, password: attackerPassword }, tokens.access_token);
  return { tokens, second, ownAddress };
}

async function expectNothing(email: string, { tokens, second, ownAddress }: Holdings): Promise<void> {
  expect((await service.logIn(email, attackerPassword)).status).toBe(401);
  for (const held of [tokens, second]) {
    expect((await service.call("GET", "users/me", { token: held.access_token })).status).toBe(401);
    expect((await service.refresh(held.refresh_token)).status).toBe(401);
  }
  const { token } = await service.mailTo(ownAddress, "verify_email");
  for (const companion of [{}, { password: attackerPassword }, { new_password: attackerPassword }]) {
    expect((await post("auth/email/verify", { token, ...companion })).status).not.toBe(200);
  }
  const change = { current_password: attackerPassword, new_password: "Attacker-horse-8" };
  expect((await post("users/me/password", change, tokens.access_token)).status).toBe(401);
  const left = await service.database.query(
    "select 1 from auth.sessions s join auth.users u on u.id = s.user_id where u.email = $1 and s.created_at < u.updated_at",
    [email],
  );
  expect(left).toEqual([]);
}

/** Whoever takes an account over is asked for no factor that was there before. */
async function expectNoFactors(email: string, id: string): Promise<void> {
  expect(await countFactors(service, { user: { id } })).toBe(0);
  const { status, body } = await service.logIn(email, victimPassword);
  expect(status).toBe(200);
  const me = await service.call("GET", "users/me", { token: body.access_token });
  expect(me.body.mfa_enabled).toBe(false);
}

describe("an attacker who signs up with a victim's address first, in optional mode,", () => {
  beforeAll(async () => {
    service = await startService({ THROTTLE: "off" });
  });
  afterAll(() => service.close());

  it("has nothing after the victim verifies with a password of their own", async () => {
    const email = freshEmail();
    const holdings = await hijack(email);
    const { token } = await service.mailTo(email, "verify_email");
    // The link alone must not make the attacker's password good for a verified account.
    expect((await post("auth/email/verify", { token })).status).toBe(422);
    const taken = await post("auth/email/verify", { token, new_password: victimPassword });
    expect(taken.body).toMatchObject({ email, email_verified: true });
    await expectNothing(email, holdings);
    expect((await service.logIn(email, victimPassword)).status).toBe(200);
  });

  it("has nothing after the victim resets the password", async () => {
    const email = freshEmail();
    const holdings = await hijack(email);
    await post("auth/password/forgot", { email });
    const { token } = await service.mailTo(email, "password_reset");
    expect((await post("auth/password/reset", { token, new_password: victimPassword })).status).toBe(204);
    await expectNothing(email, holdings);
    const login = await service.logIn(email, victimPassword);
    const me = await service.call("GET", "users/me", { token: login.body.access_token });
    expect(me.body.email_verified).toBe(true);
  });

  it("leaves no second factor to be asked for after the victim verifies or resets", async () => {
    for (const [template, path, request] of [
      ["verify_email", "auth/email/verify", "auth/email/verification"],
      ["password_reset", "auth/password/reset", "auth/password/forgot"],
    ] as const) {
      const attacker = await service.signUp({ password: attackerPassword });
      const { email, user } = attacker;
      await giveFactors(service, attacker);
      await post(request, { email });
      const { token } = await service.mailTo(email, template);
      expect((await post(path, { token, new_password: victimPassword })).status).toBeLessThan(300);
      await expectNoFactors(email, user.id);
    }
  });

  it("is told from an owner who resets: their second factors stay", async () => {
    const owner = await service.signUp();
    await service.database.query("update auth.users set email_verified = true where id = $1", [
      owner.user.id,
    ]);
    await giveFactors(service, owner);
    await post("auth/password/forgot", { email: owner.email });
    const { token } = await service.mailTo(owner.email, "password_reset");
    expect((await post("auth/password/reset", { token, new_password: victimPassword })).status).toBe(204);
    expect(await countFactors(service, owner)).toBe(5);
    const [row] = await service.database.query("select has_totp, passkeys from auth.users where id = $1", [
      owner.user.id,
    ]);
    expect(row).toEqual({ has_totp: true, passkeys: 2 });
  });

  it("has nothing after the victim signs in by a magic link, and the account has no password", async () => {
    const email = freshEmail();
    const holdings = await hijack(email);
    const { body } = await post("auth/magic-link", { email });
    const { token } = await service.mailTo(email, "magic_link");
    const entered = await post<Tokens>("auth/magic-link/verify", { flow_id: body.flow_id, token });
    expect(entered.status).toBe(200);
    await expectNothing(email, holdings);
    const me = await service.call("GET", "users/me", { token: entered.body.access_token });
    expect(me.body).toMatchObject({ email_verified: true, has_password: false });
    const chosen = await post(
      "users/me/password",
      { new_password: victimPassword },
      entered.body.access_token,
    );
    expect(chosen.status).toBe(204);
  });

  it("cannot verify the address with the session and the flow alone", async () => {
    const email = freshEmail();
    const { tokens } = await hijack(email);
    const { body } = await post("auth/email/verification", { email });
    for (const code of ["00000000", "12345678"]) {
      const guess = await post("auth/email/verify", { flow_id: body.flow_id, code }, tokens.access_token);
      expect(guess.status).toBe(401);
    }
  });

  it("gains nothing from a verification link on an account that is verified already", async () => {
    const { email, access_token: bearer } = await service.signUp();
    const first = await service.mailTo(email, "verify_email");
    const { body } = await post("auth/email/verification", { email });
    const second = await service.mailTo(email, "verify_email");
    const proof = { flow_id: body.flow_id, code: second.code };
    expect((await post("auth/email/verify", proof, bearer)).status).toBe(200);
    for (const { token } of [first, second]) {
      const reply = await post("auth/email/verify", { token, new_password: attackerPassword });
      expect(reply.status).toBe(401);
    }
    expect((await service.logIn(email)).status).toBe(200);
  });
});

describe("an attacker who signs up with a victim's address first, in required mode,", () => {
  beforeAll(async () => {
    service = await startService({ THROTTLE: "off", EMAIL_VERIFICATION: "required" });
  });
  afterAll(() => service.close());

  const sign = (email: string, password: string) =>
    post<{ flow_id: string }>("auth/signup", { email, password, name: "Someone" });
  const users = (email: string) =>
    service.database.query("select 1 from auth.users where email = $1", [email]);

  it("makes no account, and the link alone makes none either", async () => {
    const email = freshEmail();
    expect((await sign(email, attackerPassword)).status).toBe(202);
    expect((await service.logIn(email, attackerPassword)).status).toBe(401);
    const { token } = await service.mailTo(email, "verify_email");
    const alone = await post("auth/email/verify", { token });
    expect(alone.body).toMatchObject({ errors: [{ pointer: "/new_password", code: "required" }] });
    expect(await users(email)).toEqual([]);
    const own = await post("auth/email/verify", { token, new_password: victimPassword });
    expect(own.body).toMatchObject({ email, email_verified: true, roles: ["user"] });
    expect((await service.logIn(email, attackerPassword)).status).toBe(401);
    expect((await service.logIn(email, victimPassword)).status).toBe(200);
  });

  it("has nothing when the victim signs up as well and uses their own code", async () => {
    const email = freshEmail();
    const attack = await sign(email, attackerPassword);
    const own = await sign(email, victimPassword);
    const [mine, theirs] = await service.mailsTo(email);
    const crossed = { flow_id: attack.body.flow_id, code: mine?.code };
    expect((await post("auth/email/verify", crossed)).status).toBe(401);
    const made = await post("auth/email/verify", { flow_id: own.body.flow_id, code: mine?.code });
    expect(made.status).toBe(200);
    const late = { token: theirs?.token, password: attackerPassword };
    expect((await post("auth/email/verify", late)).status).toBe(401);
    expect((await service.logIn(email, attackerPassword)).status).toBe(401);
    expect((await service.logIn(email, victimPassword)).status).toBe(200);
  });

  it("has nothing when the victim has the mail sent again: its link wants a password they know", async () => {
    const email = freshEmail();
    await sign(email, victimPassword);
    await sign(email, attackerPassword);
    const { body } = await post("auth/email/verification", { email });
    const { code } = await service.mailTo(email, "verify_email");
    const proof = { flow_id: body.flow_id, code };
    expect((await post("auth/email/verify", proof)).status).toBe(422);
    const made = await post("auth/email/verify", { ...proof, new_password: victimPassword });
    expect(made.status).toBe(200);
    expect((await service.logIn(email, attackerPassword)).status).toBe(401);
    expect((await service.logIn(email, victimPassword)).status).toBe(200);
  });

  it("learns nothing of an address that has an account, whose owner is told", async () => {
    const email = freshEmail();
    const first = await sign(email, victimPassword);
    const { code } = await service.mailTo(email, "verify_email");
    expect((await post("auth/email/verify", { flow_id: first.body.flow_id, code })).status).toBe(200);
    expect((await sign(email, attackerPassword)).status).toBe(202);
    const mail = await service.mailTo(email, "account_exists");
    expect([mail.token, mail.code]).toEqual([null, null]);
    expect((await service.logIn(email, victimPassword)).status).toBe(200);
  });

  it("keeps accounts that were not verified from signing in, after the right password alone", async () => {
    const email = freshEmail();
    const first = await sign(email, goodPassword);
    const { code } = await service.mailTo(email, "verify_email");
    await post("auth/email/verify", { flow_id: first.body.flow_id, code });
    await service.database.query("update auth.users set email_verified = false where email = $1", [email]);
    const right = await service.logIn(email, goodPassword);
    expect([right.status, (right.body as unknown as { code: string }).code]).toEqual([
      403,
      "email_not_verified",
    ]);
    expect((await service.logIn(email, attackerPassword)).status).toBe(401);
  });
});
