import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshEmail, freshIp, goodPassword, type Reply } from "../support/client.ts";
import { type Service, startService } from "../support/service.ts";

const doors = {
  "auth/password/forgot": {},
  "auth/email/verification": {},
  "auth/magic-link": {},
  "auth/signup": { EMAIL_VERIFICATION: "required" },
} as const;

/** A reply without what differs between any two: ids, the flow, the date. */
function masked({ status, headers, text }: Reply) {
  const kept = [...headers].filter(([name]) => !["x-request-id", "date"].includes(name)).sort();
  return { status, headers: kept, text: text.replace(/"flow_id":"[^"]+"/, '"flow_id":""') };
}

const flowOf = ({ body }: Reply) => String(body.flow_id ?? "");

describe.each(Object.entries(doors))("%s", (path, environment) => {
  let service: Service & { close(): Promise<void> };
  const body = (email: string) => (path === "auth/signup" ? { email, password: goodPassword } : { email });
  const ask = (email: string, ip = freshIp()) => service.call("POST", path, { json: body(email), ip });

  /** An account whose address waits to be verified: whatever door, there is a mail to be sent to it. */
  async function knownAddress(): Promise<string> {
    const email = freshEmail();
    if (path !== "auth/signup") return (await service.signUp({ email })).email;
    await ask(email);
    const { token } = await service.mailTo(email, "verify_email");
    const made = await service.call("POST", "auth/email/verify", { json: { token, password: goodPassword } });
    expect(made.status).toBe(200);
    service.advance(16 * 60);
    return email;
  }

  beforeAll(async () => {
    service = await startService(environment);
  });
  afterAll(() => service.close());

  it("answers known and unknown addresses with the same bytes, for the same statements", async () => {
    const known = await knownAddress();
    const seen = async (email: string) => {
      await service.call("POST", "/dev/outbox/drain");
      const before = service.statements.length;
      const reply = await ask(email);
      const asked = service.statements.slice(before);
      await service.call("POST", "/dev/outbox/drain");
      return { reply: masked(reply), asked, all: service.statements.slice(before), flow: flowOf(reply) };
    };
    const [one, other] = [await seen(known), await seen(freshEmail())];
    expect(one.reply).toEqual(other.reply);
    expect(one.reply.status).toBe(202);
    expect(one.asked).toEqual(other.asked);
    // And so does the delivery after the reply.
    expect(one.all).toEqual(other.all);
    expect(one.flow.length).toBe(other.flow.length);
  });

  it("sends an address at most 3 mails for 20 requests from anywhere, and the newest works", async () => {
    const email = await knownAddress();
    const before = (await service.mailsTo(email)).length;
    service.advance(16 * 60);
    const replies: Reply[] = [];
    for (let i = 0; i < 20; i++) replies.push(await ask(email));
    const [first] = replies;
    for (const reply of replies) expect(masked(reply)).toEqual(masked(first as Reply));
    const mails = await service.mailsTo(email);
    expect(mails.length - before).toBe(3);
    const [newest] = mails;
    const token = newest?.token;
    const uses: Record<string, () => Promise<Reply>> = {
      "auth/password/forgot": () =>
        service.call("POST", "auth/password/reset", { json: { token, new_password: "Another-horse-8" } }),
      "auth/email/verification": () =>
        service.call("POST", "auth/email/verify", { json: { token, password: goodPassword } }),
      "auth/magic-link": () =>
        service.call("POST", "auth/magic-link/verify", {
          json: { flow_id: flowOf(replies[2] as Reply), token },
        }),
    };
    const use = uses[path];
    if (use) expect((await use()).status).toBeLessThan(300);
    else expect(newest?.template).toBe("account_exists");
    // A day's limit is wider than a quarter hour's, and holds as well.
    for (let i = 0; i < 5; i++) {
      service.advance(16 * 60);
      for (let j = 0; j < 4; j++) await ask(email);
    }
    const sent = await service.database.query(
      "select 1 from auth.outbox where email_key = $1 and kind = any($2)",
      [email, ["registration", "verify_email", "password_reset", "magic_link"]],
    );
    expect(sent.length).toBeLessThanOrEqual(12);
  });

  it("answers the same over the limit, for an address that cannot be known, whatever Host says", async () => {
    const email = await knownAddress();
    const headers = {
      host: "evil.example",
      "x-forwarded-host": "evil.example",
      forwarded: "host=evil.example;proto=https",
    };
    await service.call("POST", path, { json: body(email), headers });
    const [mail] = await service.mailsTo(email);
    expect(mail?.link.startsWith("http://localhost:8787/")).toBe(true);
    expect(`${mail?.text}${mail?.html}`).not.toContain("evil.example");
  });
});

describe("20 sign-ups with one new address, where verification is required", () => {
  it("send three mails, and the newest makes the account", async () => {
    const service = await startService({ EMAIL_VERIFICATION: "required" });
    try {
      const email = freshEmail();
      for (let i = 0; i < 20; i++) {
        const json = { email, password: goodPassword };
        expect((await service.call("POST", "auth/signup", { json })).status).toBe(202);
      }
      const mails = await service.mailsTo(email);
      expect(mails).toHaveLength(3);
      const json = { token: mails[0]?.token, password: goodPassword };
      expect((await service.call("POST", "auth/email/verify", { json })).status).toBe(200);
    } finally {
      await service.close();
    }
  });
});

describe("requests for mail", () => {
  it("are limited by network too, and say so to whoever asks", async () => {
    const service = await startService({ THROTTLE_LOGIN_NETWORK: "5" });
    try {
      const ip = freshIp();
      const replies: Reply[] = [];
      for (let i = 0; i < 6; i++) {
        replies.push(
          await service.call("POST", "auth/password/forgot", { json: { email: freshEmail() }, ip }),
        );
      }
      expect(replies.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202, 429]);
      expect(Number(replies[5]?.headers.get("retry-after"))).toBeGreaterThan(0);
    } finally {
      await service.close();
    }
  });

  it("count together whatever door they come by, but for resets: the way back in stays open", async () => {
    const service = await startService();
    try {
      const { email } = await service.signUp();
      for (const path of ["auth/password/forgot", "auth/magic-link", "auth/email/verification"]) {
        for (let i = 0; i < 3; i++) await service.call("POST", path, { json: { email } });
      }
      const templates = (await service.mailsTo(email)).map(({ template }) => template);
      // The sign-up's own is one of the three.
      expect(templates.filter((template) => template !== "password_reset")).toHaveLength(3);
      expect(templates.filter((template) => template === "password_reset")).toHaveLength(3);
    } finally {
      await service.close();
    }
  });
});
