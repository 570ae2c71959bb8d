import { beforeAll, describe, expect, it } from "vitest";
import type { Account } from "../support/client.ts";
import { makeAdmin, operatorWith } from "../support/operators.ts";
import { useService } from "../support/service.ts";
import { createVisitor } from "../support/visitor.ts";

const service = useService({ THROTTLE: "off", MAIL_FROM: "Example <no-reply@example.com>" });

type Visitor = ReturnType<typeof createVisitor>;
let admin: Visitor;

async function visitorFor({ email, password }: Account): Promise<Visitor> {
  const visitor = createVisitor(service);
  await visitor.logIn(email, password);
  return visitor;
}
const holding = async (...permissions: string[]) => visitorFor(await operatorWith(service, ...permissions));
const statusOf = async ({ email, password }: Account) => (await service.logIn(email, password)).status;

beforeAll(async () => {
  admin = await visitorFor(await makeAdmin(service));
});

describe("suspending many", () => {
  it.each([
    ["who may only read", ["users:read"], ""],
    ["who may not see what became of it", ["users:write"], ""],
    ["whose page there is none of", ["users:read", "users:write"], "?sort=password_hash"],
  ])("is refused to an operator %s, and has suspended nobody", async (_, permissions, query) => {
    const user = await service.signUp();
    const operator = await holding(...permissions);
    const reply = await operator.post(`/admin/users/suspend${query}`, { ids: user.user.id, reason: "Spam" });
    expect([reply.status, await statusOf(user)]).toEqual([query ? 422 : 403, 200]);
  });

  it("spares oneself, the last admin, and says so", async () => {
    const rows = await service.database.query<{ user_id: string }>(
      "select user_id from auth.user_roles where role = 'admin'",
    );
    const { text } = await admin.post("/admin/users/suspend", { ids: rows[0]?.user_id ?? "" });
    expect([rows.length, text.includes("0 users are suspended."), text.includes("Not suspended:")]).toEqual([
      1,
      true,
      true,
    ]);
  });
});

describe("the filters", () => {
  it("find who was there since a day", async () => {
    const name = `Vane ${crypto.randomUUID().slice(0, 8)}`;
    const { email } = await service.signUp({ name });
    const found = async (day: string) =>
      (await admin.get(`/admin/users?q=${encodeURIComponent(name)}&seen_after=${day}`)).text.includes(email);
    expect([await found("2020-01-01"), await found("2099-01-01")]).toEqual([true, false]);
    expect((await admin.get("/admin/users")).text).toContain('name="seen_after"');
  });
});

describe("an invitation", () => {
  const form = 'action="/admin/invitations"';

  it("is mailed by who may, and shown to nobody else", async () => {
    const inviter = await holding("users:read", "users:invite");
    expect((await inviter.get("/admin/users")).text).toContain(form);
    const email = `${crypto.randomUUID()}@example.com`;
    const sent = await inviter.post("/admin/invitations", { email });
    expect([sent.status, sent.location]).toEqual([303, "/admin/users?done=invited"]);
    const mails = await service.database.query("select kind from auth.outbox where email = $1", [email]);
    expect(mails).toEqual([{ kind: "invitation" }]);

    const writer = await holding("users:read", "users:write");
    expect((await writer.get("/admin/users")).text).not.toContain(form);
    expect((await writer.post("/admin/invitations", { email })).status).toBe(403);
  });

  it("is refused for an address that has an account, on the page", async () => {
    const { email } = await service.signUp();
    const reply = await admin.post("/admin/invitations", { email });
    expect([reply.status, reply.text.includes(form)]).toEqual([409, true]);
  });
});

describe("the roles of a user", () => {
  it("are all offered, however many roles there are: to save is to lose none", async () => {
    await service.database.query(
      "insert into auth.roles select 'many-' || lpad(i::text, 3, '0'), '{}', now() from generate_series(1, 105) i",
    );
    const { user } = await service.signUp();
    const query = "insert into auth.user_roles values ($1, 'many-105')";
    await service.database.query(query, [user.id]);
    const { text } = await admin.get(`/admin/users/${user.id}`);
    const checked = [...text.matchAll(/name="roles" value="([^"]+)" checked/g)].map(([, role]) => role);
    expect(checked.sort()).toEqual(["many-105", "user"]);
    const next = /<a href="([^"]+)">Older/.exec((await admin.get("/admin/roles")).text)?.[1] ?? "";
    expect((await admin.get(next.replaceAll("&amp;", "&"))).text).toContain("many-105");
  });
});
