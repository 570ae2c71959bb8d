import { beforeAll, describe, expect, it } from "vitest";
import { type Account, freshEmail, goodPassword, type Reply } from "../support/client.ts";
import { heavy, inParallel, tally } from "../support/heavy.ts";
import { startService, useService } from "../support/service.ts";

// Room to hash for all of them at once: what is under test is the proof, not the queue.
const roomy = { THROTTLE: "off", PASSWORD_HASH_CONCURRENCY: "256" };
const service = useService(roomy);
const rounds = heavy ? 50 : 5;
const uses = heavy ? 200 : 50;
const timeout = heavy ? 600_000 : 30_000;

let admin: Account;

const post = (path: string, json: unknown, token?: string) =>
  service.call("POST", path, token === undefined ? { json } : { json, token });

beforeAll(async () => {
  admin = await service.signUp();
  await service.database.query("insert into auth.user_roles values ($1, 'admin')", [admin.user.id]);
});

type Use = () => Promise<Reply>;

/** Makes one single-use thing of each kind, and answers how it is used. */
const things: Record<string, () => Promise<Use>> = {
  "a reset token": async () => {
    const { email } = await service.signUp();
    await post("auth/password/forgot", { email });
    const { token } = await service.mailTo(email, "password_reset");
    return () => post("auth/password/reset", { token, new_password: "Another-horse-8" });
  },
  "a verification token": async () => {
    const account = await service.signUp();
    const { token } = await service.mailTo(account.email, "verify_email");
    return () => post("auth/email/verify", { token }, account.access_token);
  },
  "a verification token that takes an account over": async () => {
    const { email } = await service.signUp();
    const { token } = await service.mailTo(email, "verify_email");
    return () => post("auth/email/verify", { token, new_password: "Another-horse-8" });
  },
  "a verification code": async () => {
    const { email, password } = await service.signUp();
    const { body } = await post("auth/email/verification", { email });
    const { code } = await service.mailTo(email, "verify_email");
    return () => post("auth/email/verify", { flow_id: body.flow_id, code, password });
  },
  "a new address": async () => {
    const { email, password, access_token: bearer } = await service.signUp();
    const next = `new-${email}`;
    await post("users/me/email", { new_email: next, password }, bearer);
    const { token } = await service.mailTo(next, "verify_email");
    return () => post("auth/email/verify", { token }, bearer);
  },
  "a magic link": async () => {
    const { email } = await service.signUp();
    const { body } = await post("auth/magic-link", { email });
    const { token } = await service.mailTo(email, "magic_link");
    return () => post("auth/magic-link/verify", { flow_id: body.flow_id, token });
  },
  "a magic code": async () => {
    const { email } = await service.signUp();
    const { body } = await post("auth/magic-link", { email });
    const { code } = await service.mailTo(email, "magic_link");
    return () => post("auth/magic-link/verify", { flow_id: body.flow_id, code });
  },
  "an invitation": async () => {
    const email = freshEmail();
    await post("admin/invitations", { email }, admin.access_token);
    const { token: invitation } = await service.mailTo(email, "invitation");
    return () => post("auth/signup", { email, password: goodPassword, invitation });
  },
};

describe(`of ${uses} parallel uses, in ${rounds} rounds, exactly one succeeds:`, () => {
  it.each(Object.entries(things))("%s", { timeout }, async (_, make) => {
    for (let round = 0; round < rounds; round++) {
      const use = await make();
      // In every other round all of them reach the proof itself: five tries would keep most away.
      if (round % 2) await service.database.query("update auth.outbox set tries = -1000, guesses = -1000");
      const replies = await inParallel(uses, use);
      const counts = tally(replies.map(({ status }) => (status < 300 ? "success" : String(status))));
      expect(counts).toEqual({ success: 1, 401: uses - 1 });
      const codes = new Set(replies.filter(({ status }) => status === 401).map(({ body }) => body.code));
      expect([...codes]).toEqual(["invalid_proof"]);
    }
  });

  it("a registration, and the first of several for one address", { timeout }, async () => {
    const required = await startService({ ...roomy, EMAIL_VERIFICATION: "required" });
    try {
      for (let round = 0; round < rounds; round++) {
        const email = freshEmail();
        const sign = (password: string) =>
          required.call("POST", "auth/signup", { json: { email, password } });
        const passwords = ["First-horse-1", "Second-horse-2"] as const;
        for (const password of passwords) expect((await sign(password)).status).toBe(202);
        const mails = (await required.mailsTo(email)).reverse();
        expect(mails.map(({ template }) => template)).toEqual(["verify_email", "verify_email"]);
        const replies = await inParallel(uses, (index) => {
          const json = { token: mails[index % 2]?.token, password: passwords[index % 2] };
          return required.call("POST", "auth/email/verify", { json });
        });
        const counts = tally(replies.map(({ status }) => status));
        expect(counts).toEqual({ 200: 1, 401: uses - 1 });
        const logins = await Promise.all(passwords.map((password) => required.logIn(email, password)));
        expect(logins.map(({ status }) => status).sort()).toEqual([200, 401]);
      }
    } finally {
      await required.close();
    }
  });
});

describe("guesses", () => {
  it("at one code are five, however many are tried at once", async () => {
    const { email } = await service.signUp();
    const { body } = await post("auth/magic-link", { email });
    const { code } = await service.mailTo(email, "magic_link");
    const wrong = String((Number(code) + 1) % 10 ** 8).padStart(8, "0");
    await inParallel(20, () => post("auth/magic-link/verify", { flow_id: body.flow_id, code: wrong }));
    const [row] = await service.database.query<{ guesses: number }>(
      "select guesses from auth.outbox where kind = 'magic_link' and email = $1",
      [email],
    );
    expect(row?.guesses).toBe(5);
    expect((await post("auth/magic-link/verify", { flow_id: body.flow_id, code })).status).toBe(401);
  });

  it("with a right token whose password is refused cost nothing", async () => {
    const { email } = await service.signUp({ name: "Ada Lovelace" });
    await post("auth/password/forgot", { email });
    const { token } = await service.mailTo(email, "password_reset");
    for (let i = 0; i < 8; i++) {
      const weak = await post("auth/password/reset", { token, new_password: "Lovelace-horse-7" });
      expect(weak.body).toMatchObject({ errors: [{ code: "contains_identity" }] });
    }
    expect((await post("auth/password/reset", { token, new_password: "Another-horse-8" })).status).toBe(204);
  });
});
