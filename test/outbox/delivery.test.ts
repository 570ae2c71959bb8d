import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliverMails } from "../../src/outbox/deliver-mail.ts";
import { type Mail, type Mailer, MailRefused } from "../../src/ports.ts";
import { type Account, freshEmail } from "../support/client.ts";
import { inParallel } from "../support/heavy.ts";
import { useService } from "../support/service.ts";

const service = useService({ THROTTLE: "off" });

type Entry = { id: string; email: string; state: string; attempts: number; last_error: string | null };

let admin: Account;
let sent: Mail[];

/** Puts a mailer that does as told in the place of the mailbox; what it takes is kept in `sent`. */
function withMailer(send: Mailer["send"]): void {
  Object.assign(service.deps, { mailer: { send } });
}

const take: Mailer["send"] = async (mail) => void sent.push(mail);

const fail: Mailer["send"] = async () => {
  throw new Error("connect ECONNREFUSED");
};

const drain = async () =>
  (await service.call<{ delivered: number; failed: number }>("POST", "/dev/outbox/drain")).body;

/** The operator's token, fresh wherever the clock stands, always from the one device. */
const operator = async () =>
  (await service.logIn(admin.email, admin.password, "192.0.2.1")).body.access_token;

const entries = async (query = "") =>
  (
    await service.call<{ data: Entry[]; next_cursor: string | null; total_estimate: number }>(
      "GET",
      `admin/outbox${query}`,
      { token: await operator() },
    )
  ).body;

const entryTo = async (email: string) =>
  (await entries("?limit=100")).data.find((each) => each.email === email);

beforeAll(async () => {
  admin = await service.signUp({ ip: "192.0.2.1" });
  await service.database.query("insert into auth.user_roles values ($1, 'admin')", [admin.user.id]);
  await drain();
});

beforeEach(() => {
  sent = [];
  withMailer(take);
});

describe("the outbox", () => {
  it("keeps what a failing mailer does not take, tries it later and later, and delivers it once", async () => {
    withMailer(fail);
    const { email } = await service.signUp();
    expect(await drain()).toEqual({ delivered: 0, failed: 1 });
    expect(await drain()).toEqual({ delivered: 0, failed: 0 });
    expect(await entryTo(email)).toMatchObject({
      state: "pending",
      attempts: 1,
      last_error: "Error: connect ECONNREFUSED",
    });
    service.advance(31);
    expect(await drain()).toEqual({ delivered: 0, failed: 1 });
    service.advance(31);
    expect(await drain()).toEqual({ delivered: 0, failed: 0 });
    withMailer(take);
    service.advance(30);
    expect(await drain()).toEqual({ delivered: 1, failed: 0 });
    expect(sent.map(({ to, template }) => [to, template])).toEqual([[email, "verify_email"]]);
    expect((await entryTo(email))?.state).toBe("sent");
  });

  it("gives up after sixteen attempts, or at once when refused, and an operator can have it tried again", async () => {
    withMailer(fail);
    const { email } = await service.signUp();
    for (let i = 0; i < 20; i++) {
      await drain();
      service.advance(3601);
    }
    expect(await entryTo(email)).toMatchObject({ state: "dead", attempts: 16 });
    withMailer(async () => {
      throw new MailRefused("550");
    });
    const refused = await service.signUp();
    expect(await drain()).toEqual({ delivered: 0, failed: 1 });
    const dead = await entryTo(refused.email);
    expect(dead).toMatchObject({ state: "dead", attempts: 1, last_error: "MailRefused: 550" });

    withMailer(take);
    const token = await operator();
    const requeue = (id = dead?.id) => service.call("POST", `admin/outbox/${id}/requeue`, { token });
    expect((await requeue()).body).toMatchObject({ state: "pending", attempts: 0 });
    expect((await requeue()).body.code).toBe("conflict");
    expect((await requeue(crypto.randomUUID())).status).toBe(404);
    await drain();
    expect(sent.map(({ to }) => to)).toEqual([refused.email]);
    const verified = await service.call("POST", "auth/email/verify", {
      json: { token: sent[0]?.token },
      token: refused.access_token,
    });
    expect(verified.body.email_verified).toBe(true);
  });

  it("lists mails by state in signed pages, and shows neither tokens nor hashes", async () => {
    for (let i = 0; i < 5; i++) await service.signUp();
    await drain();
    const first = await entries("?state=sent&limit=3");
    const second = await entries(`?state=sent&limit=3&cursor=${first.next_cursor}`);
    const ids = [...first.data, ...second.data].map(({ id }) => id);
    expect(new Set(ids).size).toBe(6);
    expect(ids).toEqual([...ids].sort().reverse());
    const elsewhere = await service.call("GET", `admin/outbox?cursor=${first.next_cursor}`, {
      token: await operator(),
    });
    expect(elsewhere.body.code).toBe("invalid_cursor");
    expect(JSON.stringify(first)).not.toMatch(/scrypt|token=/);
  });

  it("sends each mail once, by ten that deliver at the same time", async () => {
    withMailer(async (mail) => {
      await new Promise((wake) => setTimeout(wake, 20));
      sent.push(mail);
    });
    const emails: string[] = [];
    for (let i = 0; i < 25; i++) emails.push((await service.signUp()).email);
    await inParallel(10, () => deliverMails(service.deps));
    expect(sent.map(({ to }) => to).sort()).toEqual(emails.sort());
  });

  it("sends again what a process took with it when it died, once its lease is over", async () => {
    let died: () => void = () => undefined;
    withMailer((mail) => {
      sent.push(mail);
      return new Promise((_, reject) => {
        died = () => reject(new Error("gone"));
      });
    });
    const { email } = await service.signUp();
    const lost = deliverMails(service.deps);
    await expect.poll(() => sent.length).toBe(1);
    withMailer(take);
    service.advance(179);
    expect(await deliverMails(service.deps)).toEqual({ delivered: 0, failed: 0 });
    service.advance(2);
    expect(await deliverMails(service.deps)).toEqual({ delivered: 1, failed: 0 });
    // The first turns out to be alive after all: what it reports is too late to count.
    died();
    await lost;
    expect((await entryTo(email))?.state).toBe("sent");
    expect(sent.map(({ to }) => to)).toEqual([email, email]);
    expect(sent[0]?.token).toBe(sent[1]?.token);
    expect(sent[0]?.id).toBe(sent[1]?.id);
  });

  it("does not send what has no more use: expired, used, or of an account that was suspended", async () => {
    withMailer(fail);
    const [expired, suspended, verified] = [
      await service.signUp(),
      await service.signUp(),
      await service.signUp(),
    ];
    for (const { email } of [expired, suspended]) {
      await service.call("POST", "auth/password/forgot", { json: { email } });
    }
    await drain();
    await service.call("POST", `admin/users/${suspended.user.id}/suspend`, { token: await operator() });
    await service.database.query("update auth.users set email_verified = true where id = $1", [
      verified.user.id,
    ]);
    withMailer(take);
    service.advance(31 * 60);
    await drain();
    const reached = sent.map(({ to, template }) => `${template} ${to}`);
    expect(reached).toEqual([`verify_email ${expired.email}`]);
  });

  it("writes no mail for an address that is nobody's, and none without the change that causes it", async () => {
    const unknown = freshEmail();
    await service.call("POST", "auth/password/forgot", { json: { email: unknown } });
    expect(await drain()).toEqual({ delivered: 0, failed: 0 });
    expect((await entryTo(unknown))?.state).toBe("skipped");
    service.onStatement.current = (text) => {
      if (text.includes("new_user as")) throw new Error("the database went away");
    };
    const email = freshEmail();
    const reply = await service.call("POST", "auth/signup", { json: { email, password: "Correct-horse-7" } });
    service.onStatement.current = undefined;
    expect(reply.status).toBeGreaterThanOrEqual(500);
    expect(await service.database.query("select 1 from auth.outbox where email = $1", [email])).toEqual([]);
  });

  it("holds no token that works: a dump opens nothing", async () => {
    const { email } = await service.signUp();
    await service.call("POST", "auth/password/forgot", { json: { email } });
    await drain();
    const token = sent.find(({ template }) => template === "password_reset")?.token ?? "";
    const dump = JSON.stringify(await service.database.query("select * from auth.outbox"));
    const [, id = "", , ...tags] = token.split(".");
    expect(dump).toContain(id);
    for (const tag of tags) expect(dump).not.toContain(tag);
    expect(JSON.stringify(service.logs)).not.toContain(tags[0]);
  });
});
