import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshEmail, freshIp, goodPassword } from "../support/client.ts";
import { type Service, startService } from "../support/service.ts";

/** With every limit in force, as in production. */
let service: Service & { close(): Promise<void> };
let lookups = 0;

beforeAll(async () => {
  const isBreached = async (password: string) => {
    lookups++;
    return password.startsWith("Breached");
  };
  service = await startService({}, { isBreached });
});
afterAll(() => service.close());

const post = <T = Record<string, unknown>>(path: string, json: unknown, token?: string) =>
  service.call<T>("POST", path, token === undefined ? { json } : { json, token });

const templatesTo = async (email: string) => (await service.mailsTo(email)).map(({ template }) => template);

const verified = async () => {
  const account = await service.signUp();
  await service.database.query("update auth.users set email_verified = true where id = $1", [
    account.user.id,
  ]);
  return account;
};

describe("an account in the name of somebody else", () => {
  it("causes three notices a day to an address that is not verified, however often it changes things", async () => {
    const { email, access_token: token } = await service.signUp();
    let [old, next] = [goodPassword, "Another-horse-8"];
    for (let i = 0; i < 12; i++) {
      await post("users/me/password", { current_password: old, new_password: next }, token);
      [old, next] = [next, old];
    }
    for (let i = 0; i < 12; i++) await service.logIn(email, old);
    expect((await templatesTo(email)).length).toBe(4);
    service.advance(86_401);
    await service.logIn(email, old);
    expect((await templatesTo(email)).length).toBe(5);
  });

  it("causes ten of a kind to an address that is", async () => {
    const { email } = await verified();
    for (let i = 0; i < 14; i++) await service.logIn(email);
    expect((await templatesTo(email)).filter((template) => template === "new_device")).toHaveLength(10);
  });

  it("made and deleted in turns sends three mails, and is made all the same", async () => {
    const email = freshEmail();
    const sent: string[] = [];
    for (let i = 0; i < 6; i++) {
      const { access_token: token } = await service.signUp({ email });
      sent.push(...(await templatesTo(email)));
      expect((await service.call("DELETE", "users/me", { token })).status).toBe(204);
    }
    expect(sent).toEqual(["verify_email", "verify_email", "verify_email"]);
  });

  it("puts no word of its own into a mail, whatever the browser calls itself", async () => {
    const { email } = await verified();
    const agent = "Call +1-800-555-0199 or your account closes/1 x";
    await service.call("POST", "auth/login", {
      json: { email, password: goodPassword },
      headers: { "user-agent": agent },
    });
    const { text, html } = await service.mailTo(email, "new_device");
    expect(`${text}${html}`).not.toMatch(/Call|800|closes/);
  });
});

describe("a stranger who asks for mail to an address", () => {
  it("cannot use up its link by guessing at the code", async () => {
    const { email, access_token: token } = await service.signUp();
    for (let i = 0; i < 2; i++) {
      const { body } = await post("auth/email/verification", { email });
      await service.mailsTo(email);
      for (let j = 0; j < 7; j++)
        await post("auth/email/verify", { flow_id: body.flow_id, code: "00000000" });
    }
    const newest = await service.mailTo(email, "verify_email");
    expect((await post("auth/email/verify", { token: newest.token }, token)).status).toBe(200);
  });

  it("cannot close the way back in by asking for other mail", async () => {
    const { email } = await service.signUp();
    for (let i = 0; i < 16; i++) {
      await post("auth/magic-link", { email });
      service.advance(450);
    }
    await post("auth/password/forgot", { email });
    expect(await templatesTo(email)).toContain("password_reset");
  });

  it("learns from an export neither that an address has an account, nor who was invited", async () => {
    const owner = await service.signUp({ email: `Owner.${freshEmail()}` });
    const { password, access_token: token } = await service.signUp();
    const typed = owner.email.toUpperCase().replace("EXAMPLE.COM", "example.com");
    await post("users/me/email", { new_email: typed, password }, token);
    expect(await templatesTo(owner.email)).toContain("account_exists");
    const { text } = await service.call("GET", "users/me/export", { token });
    expect(text).toContain(typed);
    expect(text).not.toContain(owner.email);
  });
});

describe("a right proof with a password that is refused", () => {
  it("has others asked about it, or a hash computed, five times and no more", async () => {
    const { email } = await service.signUp();
    await post("auth/password/forgot", { email });
    const { token } = await service.mailTo(email, "password_reset");
    const before = lookups;
    const statuses: number[] = [];
    for (let i = 0; i < 8; i++) {
      const json = { token, new_password: "Breached-horse-7" };
      statuses.push((await service.call("POST", "auth/password/reset", { json, ip: freshIp() })).status);
    }
    expect(statuses).toEqual([422, 422, 422, 422, 422, 401, 401, 401]);
    expect(lookups - before).toBe(5);
  });
});
