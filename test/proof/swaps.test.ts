import { describe, expect, it } from "vitest";
import { type Account, freshEmail, type Reply } from "../support/client.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });
const newPassword = "Another-horse-8";

const post = <T = Record<string, unknown>>(path: string, json: unknown, token?: string) =>
  service.call<T>("POST", path, token === undefined ? { json } : { json, token });

const reset = (token: string) => post("auth/password/reset", { token, new_password: newPassword });
const verify = (token: string, bearer: string) => post("auth/email/verify", { token }, bearer);
const enter = (flow_id: string, proof: object) => post("auth/magic-link/verify", { flow_id, ...proof });

function refused(reply: Reply): void {
  expect([reply.status, reply.body.code]).toEqual([401, "invalid_proof"]);
}

async function forgot({ email }: Account): Promise<string> {
  await post("auth/password/forgot", { email });
  return (await service.mailTo(email, "password_reset")).token;
}

async function askLink({ email }: Account) {
  const { body } = await post<{ flow_id: string }>("auth/magic-link", { email });
  const { token, code } = await service.mailTo(email, "magic_link");
  return { flow: body.flow_id, token, code };
}

const statementsOf = async (work: () => Promise<unknown>) => {
  const before = service.statements.length;
  await work();
  return service.statements.length - before;
};

describe("a proof shown for another", () => {
  it("of another purpose fails: every kind at every door but its own", async () => {
    const account = await service.signUp();
    const bearer = account.access_token;
    const resetToken = await forgot(account);
    const link = await askLink(account);
    const { token: verification } = await service.mailTo(account.email, "verify_email");
    const tokens = { resetToken, link: link.token, verification, bearer, refresh: account.refresh_token };
    for (const [name, token] of Object.entries(tokens)) {
      if (name !== "resetToken") refused(await reset(token));
      if (name !== "verification") refused(await verify(token, bearer));
      if (name !== "link") refused(await enter(link.flow, { token }));
      if (name !== "bearer") expect((await service.call("GET", "users/me", { token })).status).toBe(401);
      if (name !== "refresh") expect((await service.refresh(token)).status).toBe(401);
    }
    refused(await enter(link.flow, { code: (await service.mailTo(account.email, "verify_email")).code }));
    expect((await verify(verification, bearer)).status).toBe(200);
    expect((await enter(link.flow, { code: link.code })).status).toBe(200);
  });

  it("of the other kinds fails as well: an invitation, a new address, and any of them at the sign-up", async () => {
    const admin = await service.signUp();
    await service.database.query("insert into auth.user_roles values ($1, 'admin')", [admin.user.id]);
    const [invited, next] = [freshEmail(), freshEmail()];
    await post("admin/invitations", { email: invited }, admin.access_token);
    const invitation = (await service.mailTo(invited, "invitation")).token;
    await post("users/me/email", { new_email: next, password: admin.password }, admin.access_token);
    const change = (await service.mailTo(next, "verify_email")).token;
    const own = (await service.mailTo(admin.email, "verify_email")).token;
    const link = await askLink(admin);
    for (const token of [invitation, change]) {
      refused(await reset(token));
      refused(await enter(link.flow, { token }));
    }
    refused(await verify(invitation, admin.access_token));
    for (const token of [change, own, link.token, await forgot(admin)]) {
      refused(await post("auth/signup", { email: invited, password: newPassword, invitation: token }));
    }
    expect((await verify(change, admin.access_token)).body.email).toBe(next);
  });

  it("of an account that was suspended since opens nothing", async () => {
    const account = await service.signUp();
    const link = await askLink(account);
    const token = await forgot(account);
    await service.database.query("update auth.users set status = 'suspended' where id = $1", [
      account.user.id,
    ]);
    const entered = await enter(link.flow, { token: link.token });
    expect([entered.status, entered.body.code]).toEqual([403, "account_suspended"]);
    refused(await reset(token));
  });

  it("for an address that the account no longer has fails, however it lost it", async () => {
    const account = await service.signUp();
    const token = await forgot(account);
    await service.database.query("update auth.users set email_key = $2 where id = $1", [
      account.user.id,
      freshEmail(),
    ]);
    refused(await reset(token));
  });

  it("does not take over an account that is verified", async () => {
    const account = await service.signUp();
    const { token } = await service.mailTo(account.email, "verify_email");
    await service.database.query("update auth.users set email_verified = true where id = $1", [
      account.user.id,
    ]);
    const waiting = await forgot(account);
    refused(await post("auth/email/verify", { token, new_password: newPassword }));
    expect((await service.logIn(account.email)).status).toBe(200);
    // And what was refused has voided nothing of the owner's.
    expect((await reset(waiting)).status).toBe(204);
  });

  it("with a wrong password beside it counts, five times", async () => {
    const account = await service.signUp();
    const { token } = await service.mailTo(account.email, "verify_email");
    for (let i = 0; i < 5; i++) {
      const wrong = await post("auth/email/verify", { token, password: `Wrong-horse-${i}` });
      expect(wrong.body.code).toBe("invalid_credentials");
    }
    refused(await post("auth/email/verify", { token, password: account.password }));
  });

  it("of another user fails, with that other's session as with one's own", async () => {
    const [one, two] = [await service.signUp(), await service.signUp()];
    const { token } = await service.mailTo(one.email, "verify_email");
    refused(await verify(token, two.access_token));
    const own = await service.mailTo(two.email, "verify_email");
    refused(await verify(own.token, one.access_token));
    expect((await verify(token, one.access_token)).body.email).toBe(one.email);
    expect((await service.call("GET", "users/me", { token: two.access_token })).body.email_verified).toBe(
      false,
    );
  });

  it("altered, cut or lengthened fails, and costs no statement", async () => {
    const account = await service.signUp();
    const token = await forgot(account);
    const parts = token.split(".");
    const flipped = (text: string) => text.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
    const forgeries = [
      token.slice(0, -1),
      `${token}A`,
      `${token}.`,
      token.toUpperCase(),
      ...parts.slice(0, 4).map((part, index) => parts.with(index, flipped(part)).join(".")),
      parts.with(2, String(Number(parts[2]) + 60)).join("."),
      "",
      "x".repeat(512),
    ];
    const spent = await statementsOf(async () => {
      for (const forgery of forgeries) {
        const reply = await reset(forgery);
        expect([forgery, reply.status === 401 || forgery === ""]).toEqual([forgery, true]);
      }
    });
    expect(spent).toBe(0);
    // The last tag is checked against the row: that takes a guess, and fails.
    refused(await reset(parts.with(4, flipped(parts[4] ?? "")).join(".")));
    expect((await reset(token)).status).toBe(204);
  });

  it("older than the newest fails, for reset, verification and magic link", async () => {
    const account = await service.signUp();
    const first = await forgot(account);
    const second = await forgot(account);
    refused(await reset(first));
    const oldLink = await askLink(account);
    const newLink = await askLink(account);
    refused(await enter(oldLink.flow, { token: oldLink.token }));
    refused(await enter(oldLink.flow, { code: oldLink.code }));
    const oldVerification = await service.mailTo(account.email, "verify_email");
    await post("auth/email/verification", { email: account.email });
    refused(await verify(oldVerification.token, account.access_token));
    const { token } = await service.mailTo(account.email, "verify_email");
    expect((await verify(token, account.access_token)).status).toBe(200);
    expect((await enter(newLink.flow, { token: newLink.token })).status).toBe(200);
    expect((await reset(second)).status).toBe(204);
  });

  it("of another flow fails: a code, a token, and a flow of another purpose", async () => {
    const [one, two] = [await service.signUp(), await service.signUp()];
    const [mine, other] = [await askLink(one), await askLink(two)];
    refused(await enter(mine.flow, { token: other.token }));
    refused(await enter(mine.flow, { code: other.code }));
    refused(await enter(other.flow, { code: mine.code }));
    const { body } = await post<{ flow_id: string }>("auth/email/verification", { email: one.email });
    const { code } = await service.mailTo(one.email, "verify_email");
    refused(await enter(body.flow_id, { code }));
    refused(await post("auth/email/verify", { flow_id: mine.flow, code }, one.access_token));
    const right = await post("auth/email/verify", { flow_id: body.flow_id, code }, one.access_token);
    expect(right.status).toBe(200);
  });

  it("that has expired fails without a statement", async () => {
    const account = await service.signUp();
    const token = await forgot(account);
    service.advance(30 * 60 + 1);
    expect(await statementsOf(async () => refused(await reset(token)))).toBe(0);
  });

  it("from before a change of password, address or epoch fails", async () => {
    const account = await service.signUp();
    const { email, password, access_token: bearer } = account;
    const token = await forgot(account);
    const link = await askLink(account);
    await post("users/me/password", { current_password: password, new_password: newPassword }, bearer);
    refused(await reset(token));
    refused(await enter(link.flow, { token: link.token }));

    const before = await forgot(account);
    const next = freshEmail();
    await post("users/me/email", { new_email: next, password: newPassword }, bearer);
    expect((await verify((await service.mailTo(next, "verify_email")).token, bearer)).status).toBe(200);
    refused(await reset(before));
    // And it stays dead when the address comes back.
    await post("users/me/email", { new_email: email, password: newPassword }, bearer);
    const [back] = await service.mailsTo(email);
    expect((await verify(back?.token ?? "", bearer)).body.email).toBe(email);
    refused(await reset(before));
  });

  it("for a first new address does not verify a second", async () => {
    const { password, access_token: bearer } = await service.signUp();
    const [first, second] = [freshEmail(), freshEmail()];
    await post("users/me/email", { new_email: first, password }, bearer);
    const old = await service.mailTo(first, "verify_email");
    await post("users/me/email", { new_email: second, password }, bearer);
    refused(await verify(old.token, bearer));
    const { token } = await service.mailTo(second, "verify_email");
    expect((await verify(token, bearer)).body.email).toBe(second);
  });

  it("moved to another row, user or address in the database fails", async () => {
    const [one, two] = [await service.signUp(), await service.signUp()];
    const token = await forgot(one);
    const edit = (set: string, value: unknown) =>
      service.database.query(`update auth.outbox set ${set} where id = $1`, [token.split(".")[1], value]);
    await edit("user_id = $2", two.user.id);
    refused(await reset(token));
    await edit(
      "user_id = $2, email_key = (select email_key from auth.users where id = $2::uuid)",
      two.user.id,
    );
    refused(await reset(token));
  });
});
